// SPDX-License-Identifier: MIT
//
// When a topology asks its strategy, and what an answer changes. In: how
// lookups ended. Out: addresses that are new or gone, and when to ask again.
//
// A failed lookup changes nothing, and neither does an empty answer. One that
// names nobody but ourselves is not empty: all others are gone. After a
// good answer the next one is due after `interval`, later if the source says
// that the answer stays true for longer (a DNS TTL). After a failure sooner,
// then ever later. Whoever is told of changes may ask in between, but not all
// the time.

#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "horde/formation/lookup.hpp"
#include "horde/random.hpp"

namespace horde::formation {

struct lookup_config {
  duration interval = std::chrono::seconds{5};
  unsigned jitter_percent = 20;
  /// A lookup begins so long after the end of the last one, or later.
  duration least_gap = std::chrono::milliseconds{50};
  /// A TTL defers the next lookup for so many intervals at most.
  unsigned max_ttl_intervals = 12;
  /// The wait grows from a quarter of an interval to so many of them.
  unsigned max_failure_intervals = 4;
  /// An answer may name so many addresses; the rest is left out.
  std::size_t max_addresses = 1024;
};

class lookup_plan {
public:
  /// `self_at` in an answer does not count.
  lookup_plan(endpoint self_at, const lookup_config& cfg, std::uint64_t seed);

  struct change {
    std::vector<endpoint> found; ///< sorted
    std::vector<endpoint> gone;  ///< were named, and are no more; sorted
  };

  /// A lookup ended. The first is due at once.
  change ended(const lookup_result& x, moment now);

  /// When the next lookup is due.
  instant due() const { return due_; }
  /// The soonest that one may begin before that.
  instant earliest() const { return earliest_; }

  const std::set<endpoint>& addresses() const { return addresses_; }

  struct counters {
    std::uint64_t succeeded = 0; ///< lookups, also empty ones
    std::uint64_t empty = 0;     ///< of these: named nobody, not even us
    std::uint64_t failed = 0;
    std::uint64_t left_out = 0; ///< addresses beyond `max_addresses`
    std::string last_error;     ///< of the last failure, also if it is over
    wall_time last_success{};   ///< the epoch: none yet
  };
  const counters& count() const { return count_; }

private:
  change take(const lookup& x);
  duration wait_after(const std::optional<duration>& valid_for);
  duration wait_after_failure();

  endpoint self_at_;
  lookup_config cfg_;
  random_engine rng_;
  std::set<endpoint> addresses_;
  unsigned failures_ = 0; ///< in a row
  instant due_{};
  instant earliest_{};
  counters count_;
};

} // namespace horde::formation
