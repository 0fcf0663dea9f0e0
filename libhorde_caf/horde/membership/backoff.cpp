// SPDX-License-Identifier: MIT

#include "horde/membership/backoff.hpp"

#include <algorithm>

namespace horde::membership {

duration backoff_delay(const backoff_config& cfg, unsigned failures,
                       random_engine& rng) {
  if (failures == 0)
    return duration::zero();
  // Never zero, whatever the configuration: a zero wait is a busy loop.
  auto delay = std::max(cfg.first, duration{1});
  for (auto i = 1u; i < failures && delay < cfg.at_most; ++i)
    delay += delay;
  delay = jitter(rng, std::min(delay, cfg.at_most), cfg.jitter_percent);
  return std::max(delay, duration{1});
}

} // namespace horde::membership
