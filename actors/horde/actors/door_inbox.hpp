// SPDX-License-Identifier: MIT
//
// What the door's thread puts in and the node actor takes out: its events hold
// sockets and cannot be CAF messages. Thread-safe.

#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <utility>

#include "horde/actors/door/entrance.hpp"
#include "horde/actors/protocol.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde::actors {

class door_inbox {
public:
  /// Returns true if the reader must be told that something is in.
  bool put(door_event x) {
    std::lock_guard guard{mutex_};
    events_.push_back(std::move(x));
    return events_.size() == 1;
  }

  std::deque<door_event> take() {
    std::lock_guard guard{mutex_};
    return std::exchange(events_, {});
  }

private:
  std::mutex mutex_;
  std::deque<door_event> events_;
};

/// Opens it as `self`: `whom` is what peers see, and gets a `look_inside` when
/// events are in.
inline void open_door(entrance& door, door_identity self,
                      const caf::actor& whom,
                      const std::shared_ptr<door_inbox>& to) {
  door.open(std::move(self), caf::actor_cast<caf::strong_actor_ptr>(whom),
            [to, whom](door_event x) {
              if (to->put(std::move(x)))
                anon_tell(whom, look_inside{});
            });
}

} // namespace horde::actors
