// SPDX-License-Identifier: MIT
//
// Hybrid logical clock (Kulkarni et al. 2014) in 64 bits: 48 bits of wall time
// in milliseconds, 16 bits of logic. Stamps follow causality and stay close to
// wall time even when wall clocks drift or jump.

#pragma once

#include <compare>
#include <cstdint>

#include "horde/time.hpp"

namespace horde::crdt {

/// Immutable once stored with a dot. Later is larger.
enum class stamp : std::uint64_t {};

/// The wall time inside a stamp, to the millisecond.
wall_time wall_of(stamp x);

class hybrid_clock {
public:
  /// A peer's stamp never pushes this clock further than `drift_limit` ahead of
  /// the local wall time.
  explicit hybrid_clock(duration drift_limit) : drift_limit_(drift_limit) {}

  /// A stamp larger than every stamp this clock gave or accepted before.
  stamp tick(wall_time now);

  /// Takes note of a peer's stamp. Returns false if it was beyond the drift
  /// limit and was therefore not followed.
  bool observe(stamp heard, wall_time now);

private:
  duration drift_limit_;
  std::uint64_t last_ = 0;
};

} // namespace horde::crdt
