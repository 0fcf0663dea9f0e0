// SPDX-License-Identifier: MIT
//
// What the door's thread puts in and the node actor takes out: its events hold
// sockets and cannot be CAF messages. Thread-safe.

#pragma once

#include <deque>
#include <mutex>
#include <utility>

#include "horde/actors/door/entrance.hpp"

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

} // namespace horde::actors
