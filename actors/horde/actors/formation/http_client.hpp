// SPDX-License-Identifier: MIT
//
// Asks web servers: one GET a connection, no redirects, and an end to
// everything.

#pragma once

#include <cstddef>
#include <string>

#include "horde/actors/formation/http_channel.hpp"
#include "horde/formation/http_response.hpp"

namespace horde::formation {

struct http_limits {
  duration time = std::chrono::seconds{10}; ///< for all of it
  std::size_t size = 1024 * 1024;           ///< of the body
};

struct http_answer {
  unsigned status = 0;
  std::string body;
};

/// A failure names the server.
outcome<http_answer> http_get(const http_request& request,
                              const http_limits& limits, waker& by);

/// An answer whose body comes bit by bit. Not thread-safe.
class http_stream {
public:
  /// Returns when the head of the answer is there.
  static outcome<http_stream> open(const http_request& request, duration limit,
                                   waker& by);

  unsigned status() const { return response_.status(); }
  /// Readable when there is something to `read`.
  int fd() const { return channel_.fd(); }

  /// What has come of the body, perhaps nothing; does not wait.
  std::string read();
  /// Nothing more will come.
  bool is_over() const;
  /// It is over, and complete.
  bool in_order() const;
  /// It is over, and why it is not complete.
  const std::string& problem() const { return problem_; }

private:
  explicit http_stream(http_channel channel);
  void receive();

  http_channel channel_;
  http_response response_;
  std::string problem_;
};

/// The rest of the body. Requires: nothing of it was read.
outcome<http_answer> read_rest(http_stream& from, instant until,
                               std::size_t size, waker& by);

} // namespace horde::formation
