// SPDX-License-Identifier: MIT
//
// One turn of a `poll` loop: who waits for what, and what to do then.

#pragma once

#include <functional>
#include <vector>

#include <poll.h>

#include "horde/time.hpp"

namespace horde::actors {

class poll_set {
public:
  /// `then` runs when `fd` has one of `events` or an error.
  void add(int fd, short events, std::function<void()> then);

  /// Wakes up at `x` at the latest.
  void wake_at(instant x);

  /// Waits once, runs what is ready, forgets all.
  void run();

private:
  std::vector<pollfd> fds_;
  std::vector<std::function<void()>> actions_;
  instant until_ = never;
};

/// Steady time of the door's thread.
instant door_time();

} // namespace horde::actors
