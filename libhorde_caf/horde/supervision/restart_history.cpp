// SPDX-License-Identifier: MIT

#include "horde/supervision/restart_history.hpp"

#include <algorithm>

namespace horde::supervision {

namespace {

// Enough for every limit, and the record stays small.
constexpr std::uint32_t most_strikes = 64;

} // namespace

duration backoff(unsigned strikes, duration first, duration at_most) {
  auto result = std::min(first, at_most);
  for (unsigned i = 1; i < strikes && result < at_most; ++i)
    result = result > at_most / 2 ? at_most : result * 2;
  return result;
}

void restart_history::restore(restart_memory memory, bool ran, duration age,
                              instant now) {
  strikes_ = std::min(memory.strikes, most_strikes);
  if (age <= limits_.max_seconds)
    window_.restore(memory.restarts, now);
  if (ran && age >= proof_of_health())
    strikes_ = 0;
}

duration restart_history::ended(duration ran_for, instant now,
                                random_engine& rng) {
  if (ran_for >= proof_of_health())
    strikes_ = 0;
  bool within = window_.note(now);
  if (within && strikes_ == 0)
    return duration::zero();
  strikes_ = std::min(strikes_ + 1, most_strikes);
  return current_delay(rng);
}

duration restart_history::current_delay(random_engine& rng) const {
  if (strikes_ == 0)
    return duration::zero();
  return jitter(
    rng, backoff(strikes_, limits_.backoff_first, limits_.backoff_at_most),
    limits_.jitter_percent);
}

duration restart_history::proof_of_health() const {
  if (strikes_ == 0)
    return limits_.max_seconds;
  return std::max(limits_.max_seconds, backoff(strikes_, limits_.backoff_first,
                                               limits_.backoff_at_most));
}

} // namespace horde::supervision
