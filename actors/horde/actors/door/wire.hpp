// SPDX-License-Identifier: MIT
//
// A connection while the door still owns it. Plain TCP today; encryption later
// has its place here (its own handshake before `ready`) and in the policy of
// the scribe, nowhere else.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "horde/actors/door/socket.hpp"

namespace horde::actors {

class wire {
public:
  wire() = default;
  explicit wire(unique_fd fd) : fd_(std::move(fd)) {}

  int fd() const { return fd_.get(); }
  unique_fd release() { return std::move(fd_); }

  struct input {
    std::string bytes;
    bool closed = false; ///< by the peer or by an error
  };

  /// What is there already, at most `limit` bytes.
  input read(std::size_t limit);

  /// Sends all or fails. A handshake is smaller than an empty socket buffer,
  /// so waiting is never needed.
  bool write(std::string_view bytes);

  /// The peer has closed its end, or sent what it must not have sent yet.
  bool is_over();

private:
  unique_fd fd_;
};

} // namespace horde::actors
