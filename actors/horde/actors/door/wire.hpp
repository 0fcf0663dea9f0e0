// SPDX-License-Identifier: MIT
//
// A connection while the door still owns it: TCP, with TLS over it or not. The
// policy of the scribe goes on where this ends.

#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "horde/actors/door/socket.hpp"
#include "horde/actors/door/tls_session.hpp"

namespace horde::actors {

class wire {
public:
  wire() = default;
  explicit wire(unique_fd fd, std::unique_ptr<tls_session> tls = nullptr)
      : fd_(std::move(fd)), tls_(std::move(tls)) {}

  int fd() const { return fd_.get(); }
  unique_fd release() { return std::move(fd_); }

  /// Nothing: plain.
  const tls_session* tls() const { return tls_.get(); }
  std::unique_ptr<tls_session> release_tls() { return std::move(tls_); }

  /// What to poll for.
  short awaited() const;

  /// Brings encryption up, as far as possible without waiting. Plain TCP is
  /// ready at once.
  tls_session::state prepare();

  /// What only the two ends of this connection know; empty in plain TCP.
  std::string binding() const;

  /// See `tls_session::certifies`.
  bool certifies(const std::vector<std::string>& names) const;

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
  std::unique_ptr<tls_session> tls_; // uses the descriptor
};

} // namespace horde::actors
