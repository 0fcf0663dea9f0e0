// SPDX-License-Identifier: MIT
//
// Bytes for several members as one CAF message: a group that goes to all
// neighbours is wrapped once.

#pragma once

#include <memory>
#include <string>

#include <caf/actor.hpp>
#include <caf/message.hpp>

#include "horde/actors/protocol.hpp"

namespace horde::actors {

class shared_message {
public:
  explicit shared_message(replica_id from) : from_(from) {}

  /// No-op for a null handle: its member is gone, and whoever was meant catches
  /// up when it is back.
  void send(const caf::actor& to, const std::shared_ptr<const std::string>& x) {
    if (!to)
      return;
    if (x != bytes_) {
      bytes_ = x;
      message_ = caf::make_message(peer_bytes{from_, *x});
    }
    deliver(nullptr, caf::actor_cast<caf::strong_actor_ptr>(to), message_);
  }

private:
  replica_id from_;
  std::shared_ptr<const std::string> bytes_;
  caf::message message_;
};

} // namespace horde::actors
