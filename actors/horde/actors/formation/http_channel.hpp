// SPDX-License-Identifier: MIT
//
// A connection to a web server, plain or with TLS 1.2 and newer. A server with
// TLS shows a certificate for the host that was asked for.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "horde/actors/door/socket.hpp"
#include "horde/actors/formation/strategy.hpp"
#include "horde/formation/http_request.hpp"

struct ssl_st;

namespace horde::formation {

/// Not thread-safe.
class http_channel {
public:
  /// Tries the addresses of the host one after the other. Fails with
  /// `cannot_connect`, `timeout`, or `shutting_down`.
  static outcome<http_channel> connect(const http_request& to, instant until,
                                       waker& by);

  http_channel(http_channel&&) noexcept;
  http_channel& operator=(http_channel&&) noexcept;
  ~http_channel();

  int fd() const { return fd_.get(); }

  std::optional<failure> write(std::string_view bytes, instant until,
                               waker& by);

  struct piece {
    std::string bytes;
    bool is_over = false;  ///< nothing more will come
    bool in_order = false; ///< the server said so, nobody else
  };

  /// What has come, perhaps nothing; does not wait.
  outcome<piece> read();

private:
  using session = std::unique_ptr<ssl_st, void (*)(ssl_st*)>;

  http_channel(actors::unique_fd fd, session ssl);

  std::optional<failure> shake_hands(instant until, waker& by);
  std::optional<failure> send_all(std::string_view bytes, instant until,
                                  waker& by);
  std::optional<failure> flush(instant until, waker& by);
  outcome<piece> receive();

  actors::unique_fd fd_;
  session ssl_; // none: plain
};

} // namespace horde::formation
