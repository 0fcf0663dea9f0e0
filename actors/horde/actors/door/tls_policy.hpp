// SPDX-License-Identifier: MIT
//
// TLS as CAF's streams want it: read some, write some, never block.

#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "horde/actors/door/scribe.hpp"
#include "horde/actors/door/tls_session.hpp"

#include <caf/io/network/native_socket.hpp>
#include <caf/io/network/rw_state.hpp>

namespace horde::actors {

class tls_policy {
public:
  using state = caf::io::network::rw_state;
  using socket = caf::io::network::native_socket;

  explicit tls_policy(std::unique_ptr<tls_session> session)
      : session_(std::move(session)) {
    session_->trust();
  }

  state read_some(std::size_t& result, socket, void* to, std::size_t size) {
    return report(result, size, session_->read(to, size));
  }

  state write_some(std::size_t& result, socket, const void* from,
                   std::size_t size) {
    return report(result, size, session_->write(from, size));
  }

  /// The loop would not wake up for bytes that have left the socket.
  bool must_read_more(socket, std::size_t) { return session_->has_unread(); }

private:
  static state report(std::size_t& result, std::size_t size,
                      tls_session::moved x) {
    result = x.bytes;
    if (x.failed)
      return state::failure;
    return size == 0 ? state::indeterminate : state::success;
  }

  std::unique_ptr<tls_session> session_;
};

using tls_scribe = door_scribe_over<tls_policy>;

} // namespace horde::actors
