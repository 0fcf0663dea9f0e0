// SPDX-License-Identifier: MIT
//
// Time as the core sees it: values handed in by the caller. There is no
// `now()` here on purpose, so a test can be at any time it likes.

#pragma once

#include <chrono>

namespace horde {

/// Steady time: for deadlines and intervals.
struct core_clock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<core_clock>;
  static constexpr bool is_steady = true;
  // Deliberately no now().
};
using instant = core_clock::time_point;
using duration = core_clock::duration;

/// Time of day since the Unix epoch: only for stamps that people or other
/// machines compare. May jump.
struct wall_clock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<wall_clock>;
  static constexpr bool is_steady = false;
  // Deliberately no now().
};
using wall_time = wall_clock::time_point;

/// Both times of one step.
struct moment {
  instant at;
  wall_time wall;
};

/// Later than every deadline.
inline constexpr instant never = instant::max();

} // namespace horde
