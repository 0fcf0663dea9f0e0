// SPDX-License-Identifier: MIT
//
// Times of the quorum lease. Equal on all members.

#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "horde/errc.hpp"
#include "horde/time.hpp"

namespace horde::scheduling {

struct lease_config {
  /// Who has not heard a quorum for so long kills its children.
  duration time = std::chrono::seconds{5};
  /// Others wait for so much longer: for clocks that differ in rate, and until
  /// what was killed is gone.
  duration margin = std::chrono::seconds{1};
  std::size_t max_claims = 512;           ///< in one request
  std::size_t max_claim_bytes = 8 * 1024; ///< of ids, beside the last one
  std::size_t max_promised = 100'000;     ///< claims that are not recorded
  std::size_t max_tokens = 10'000; ///< remembered of such that came to nothing

  duration renew_every() const { return time / 3; }
  duration retry_after() const { return time / 25; }
  /// A fence that is not asked for again ends.
  duration fence_time() const { return time / 2; }
  /// Who asked for it counts on less.
  duration fence_counts() const { return time * 3 / 8; }
  duration promise() const { return time + margin; }
};

inline std::optional<failure> validate(const lease_config& x) {
  auto ms = [](duration d) {
    return std::to_string(d / std::chrono::milliseconds{1}) + " ms";
  };
  if (x.time < std::chrono::milliseconds{250} || x.time > std::chrono::hours{1})
    return failure{errc::bad_option,
                   "lease takes 250 ms to 1 h; it is " + ms(x.time)};
  if (x.margin < x.time / 20 || x.margin > x.time)
    return failure{errc::bad_option,
                   "lease_margin takes a twentieth of lease up to lease, "
                     + ms(x.time / 20) + " to " + ms(x.time) + "; it is "
                     + ms(x.margin)};
  return std::nullopt;
}

} // namespace horde::scheduling
