// SPDX-License-Identifier: MIT
//
// Tells listeners of children: first those there are, part by part in the order
// of their ids, so that nobody waits long meanwhile, then each event. Of a
// child that a listener has not been told yet it hears no events: they are in
// what it will be told.
// Not thread-safe: the engine that owns it holds a lock.

#pragma once

#include <string>
#include <utility>
#include <vector>

#include <caf/actor_addr.hpp>

#include "horde/actors/caf_compat.hpp"
#include "horde/actors/supervisor_messages.hpp"
#include "horde/scheduling/scheduler.hpp"

namespace horde::actors {

class child_watch {
public:
  explicit child_watch(std::string supervisor)
      : supervisor_(std::move(supervisor)) {}

  /// Kept weakly. True if it was none before: call `go_on`.
  bool add(const caf::strong_actor_ptr& who);
  void remove(const caf::strong_actor_ptr& who);

  bool empty() const { return listeners_.empty(); }

  /// Tells more of the children there are. True if that was not all.
  bool go_on(const scheduling::scheduler& core);

  void note(child_event x) { events_.push_back(std::move(x)); }

  /// Ends a step: listeners are told what happened.
  void tell();

private:
  struct listener {
    caf::actor_addr who;
    bool has_all = false;
    std::string told_up_to; ///< of the ids; nothing if empty
  };

  static bool knows(const listener& x, const child_event& event) {
    return x.has_all || event.id <= x.told_up_to;
  }
  void send(const caf::strong_actor_ptr& to, child_events x) const;

  std::string supervisor_;
  std::vector<listener> listeners_;
  std::vector<child_event> events_; ///< of this step
};

} // namespace horde::actors
