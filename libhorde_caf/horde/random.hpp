// SPDX-License-Identifier: MIT
//
// The engine type that callers seed and hand in. The core never makes a seed.

#pragma once

#include <cstdint>
#include <random>

#include "horde/time.hpp"

namespace horde {

using random_engine = std::mt19937_64;

/// Uniform in [0, n). Requires: n > 0. The same on every platform, which
/// `std::uniform_int_distribution` does not promise.
inline std::uint64_t below(random_engine& rng, std::uint64_t n) {
  return rng() % n;
}

/// Uniform in [d - d * percent / 100, d + d * percent / 100).
inline duration jitter(random_engine& rng, duration d, unsigned percent) {
  auto spread = d.count() * static_cast<duration::rep>(percent) / 100;
  if (spread <= 0)
    return d;
  auto offset = below(rng, static_cast<std::uint64_t>(2 * spread));
  return d - duration{spread} + duration{static_cast<duration::rep>(offset)};
}

} // namespace horde
