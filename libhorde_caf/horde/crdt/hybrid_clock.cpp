// SPDX-License-Identifier: MIT

#include "horde/crdt/hybrid_clock.hpp"

#include <algorithm>

namespace horde::crdt {

namespace {

constexpr unsigned logic_bits = 16;
constexpr std::int64_t last_millisecond = (std::int64_t{1} << 47) - 1;

std::int64_t milliseconds(duration x) {
  return std::chrono::floor<std::chrono::milliseconds>(x).count();
}

/// The earliest stamp of a millisecond since the epoch. Absurd wall times are
/// moved into the range, so that the logic part can always carry.
std::uint64_t earliest(std::int64_t ms) {
  ms = std::clamp(ms, std::int64_t{0}, last_millisecond);
  return static_cast<std::uint64_t>(ms) << logic_bits;
}

} // namespace

wall_time wall_of(stamp x) {
  auto ms = static_cast<std::uint64_t>(x) >> logic_bits;
  auto shown =
    std::min(static_cast<std::int64_t>(ms), milliseconds(duration::max()) - 1);
  return wall_time{std::chrono::milliseconds{shown}};
}

stamp hybrid_clock::tick(wall_time now) {
  // When the wall clock stands still or jumped back, the logic part counts on;
  // its overflow carries into the milliseconds by itself.
  auto wall = earliest(milliseconds(now.time_since_epoch()));
  last_ = std::max(wall, last_ + 1);
  return stamp{last_};
}

bool hybrid_clock::observe(stamp heard, wall_time now) {
  auto raw = static_cast<std::uint64_t>(heard);
  auto limit = earliest(milliseconds(now.time_since_epoch())
                        + milliseconds(drift_limit_) + 1);
  if (raw >= limit)
    return false;
  last_ = std::max(last_, raw);
  return true;
}

} // namespace horde::crdt
