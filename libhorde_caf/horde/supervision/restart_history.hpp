// SPDX-License-Identifier: MIT
//
// How long a child that ended waits for its next start: not at all within its
// restart intensity; beyond it exponentially longer, with jitter (unlike Horde,
// where one poison child takes whole members down: row S55). A child that was
// set back waits again after each further crash until it ran long enough.
// `memory` is what travels with the child when it moves.

#pragma once

#include <cstdint>

#include "horde/fields.hpp"
#include "horde/random.hpp"
#include "horde/supervision/restart_window.hpp"

namespace horde::supervision {

struct restart_limits {
  unsigned max_restarts = 3;
  duration max_seconds = std::chrono::seconds{5};
  duration backoff_first = std::chrono::seconds{1};
  duration backoff_at_most = std::chrono::minutes{5};
  unsigned jitter_percent = 20;
};

/// The `strikes`-th delay without jitter: `first`, doubled each time, bounded.
/// Requires: strikes > 0.
duration backoff(unsigned strikes, duration first, duration at_most);

/// `restarts` within the period and `strikes`: back-offs in a row.
struct restart_memory {
  std::uint32_t restarts = 0;
  std::uint32_t strikes = 0;

  friend bool operator==(const restart_memory&,
                         const restart_memory&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::supervision::restart_memory",
                       field("restarts", x.restarts),
                       field("strikes", x.strikes));
  }
};

class restart_history {
public:
  explicit restart_history(restart_limits limits)
      : limits_(limits), window_(limits.max_restarts, limits.max_seconds) {}

  /// Takes over what another member remembered `age` ago; `ran` says that the
  /// child ran since then.
  void restore(restart_memory memory, bool ran, duration age, instant now);

  /// The child ended or did not start after `ran_for`. Returns how long to wait
  /// before the next start; zero: start at once.
  duration ended(duration ran_for, instant now, random_engine& rng);

  /// The delay that a child in quarantine has to wait (again) here.
  duration current_delay(random_engine& rng) const;

  restart_memory memory(instant now) const {
    return {window_.count(now), strikes_};
  }

private:
  /// A child that ran this long is healthy again.
  duration proof_of_health() const;

  restart_limits limits_;
  restart_window window_;
  std::uint32_t strikes_ = 0;
};

} // namespace horde::supervision
