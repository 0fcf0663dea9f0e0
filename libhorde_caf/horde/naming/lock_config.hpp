// SPDX-License-Identifier: MIT
//
// Settings and shared words of the locks of the whole horde.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "horde/errc.hpp"
#include "horde/time.hpp"

namespace horde::naming {

struct lock_config {
  /// No lease is longer. Equal on all members: who has forgotten what it
  /// promised, or cannot learn what others did, waits for so long.
  duration max_lease = std::chrono::seconds{30};
  /// What is not answered is said again after about this time.
  duration retry_after = std::chrono::milliseconds{200};
  /// A voter forgets who asked if it is not said again for so long.
  duration keep_asks = std::chrono::seconds{2};
  /// By how much the clocks of two members may differ in rate.
  unsigned drift_percent = 2;
  std::size_t max_locks = 10'000; ///< of one member, held and asked for
  std::size_t max_key_bytes = 1024;
  /// Former ones that are remembered. If there are more the oldest become one,
  /// of which all members are needed.
  std::size_t max_lists = 16;
  std::size_t max_told_bytes = 256 * 1024; ///< of leases, in one report
  std::size_t max_message_bytes = 1024 * 1024;
};

/// What is wrong with the settings; names the option and what it takes.
std::optional<failure> validate(const lock_config& cfg);

/// No longer than `x` by the clock of any member.
inline duration at_most(const lock_config& cfg, duration x) {
  return x - x * cfg.drift_percent / 100;
}

/// No shorter than `x` by the clock of any member.
inline duration at_least(const lock_config& cfg, duration x) {
  return x + x * cfg.drift_percent / 100;
}

/// Tokens begin with the microseconds since 1970 at which a voter started, so
/// that they go on growing after all have forgotten them.
inline std::uint64_t first_token(wall_time now) {
  auto since = std::chrono::duration_cast<std::chrono::microseconds>(
    now.time_since_epoch());
  return since.count() > 0 ? static_cast<std::uint64_t>(since.count()) : 0;
}

/// Larger ones are absurd, or the numbers would come to an end. About 70 years
/// ahead: also a clock that stands at 1970 is no reason to refuse a peer's.
inline std::uint64_t largest_token(wall_time now) {
  return first_token(now) + (std::uint64_t{1} << 51);
}

/// More than half.
constexpr std::size_t majority_of(std::size_t n) {
  return n / 2 + 1;
}

} // namespace horde::naming
