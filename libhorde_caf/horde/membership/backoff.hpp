// SPDX-License-Identifier: MIT
//
// How long to wait before the next attempt: doubled after each failure up to a
// limit, with jitter, so that nodes that lost the same peer do not return in
// step.

#pragma once

#include "horde/random.hpp"

namespace horde::membership {

struct backoff_config {
  duration first;
  duration at_most;
  unsigned jitter_percent;
};

/// The wait after this many failures in a row; none after no failure. Jitter
/// may go beyond `at_most`.
duration backoff_delay(const backoff_config& cfg, unsigned failures,
                       random_engine& rng);

} // namespace horde::membership
