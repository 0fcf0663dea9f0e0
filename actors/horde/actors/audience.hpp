// SPDX-License-Identifier: MIT
//
// Actors that want to be told something for as long as they live. Holds them
// weakly: to subscribe keeps nobody alive, and the dead fall out by themselves.

#pragma once

#include <vector>

#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/message.hpp>

#include "horde/actors/caf_compat.hpp"

namespace horde::actors {

class audience {
public:
  /// Adds an actor, once. Returns it, for a first message of its own.
  caf::strong_actor_ptr add(const caf::strong_actor_ptr& who) {
    auto address = caf::actor_cast<caf::actor_addr>(who);
    if (who
        && std::find(members_.begin(), members_.end(), address)
             == members_.end())
      members_.push_back(address);
    return who;
  }

  bool empty() const { return members_.empty(); }

  template <class Message>
  void tell(const Message& x) {
    auto content = caf::make_message(x);
    std::erase_if(members_, [&](const caf::actor_addr& address) {
      auto who = caf::actor_cast<caf::strong_actor_ptr>(address);
      if (who)
        deliver(nullptr, who, content);
      return !who;
    });
  }

private:
  std::vector<caf::actor_addr> members_;
};

} // namespace horde::actors
