// SPDX-License-Identifier: MIT
//
// What this member grants to others, and to itself: leases, unless who asks is
// fenced, and claims, unless somebody else has the child. It remembers how long
// what it granted may be used.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "horde/scheduling/lease_config.hpp"
#include "horde/scheduling/lease_messages.hpp"

namespace horde::scheduling {

/// A recorded copy of a child, in one version of the record.
struct known_copy {
  replica_id replica{};
  std::uint64_t attempt = 0;
  bool started = true; ///< else that is not recorded
};

class lease_granter {
public:
  using copies = std::function<std::vector<known_copy>(const std::string& id)>;

  explicit lease_granter(const lease_config& cfg) : cfg_(cfg) {}

  void begin();

  /// Nothing: no lease, as it is fenced.
  std::optional<lease_grant> answer(replica_id from, const lease_request& x,
                                    const copies& recorded, instant now);

  /// Until `now` plus the time of a fence, or until `by` wants it no more.
  void fence(const fence_request& x, replica_id by, instant now);
  bool is_fenced(replica_id who, instant now) const;

  /// No lease with our help lasts longer. `since`: what we granted before that
  /// we may have forgotten.
  instant promised_until(replica_id who, instant since) const;

  std::size_t promised_claims() const { return claims_.size(); }

private:
  struct promised {
    replica_id to{};
    std::uint64_t attempt = 0;
    std::uint64_t ask = 0;
    instant until{}; ///< the least time there is: given back
  };
  struct fence_of {
    std::uint64_t number = 0;
    instant until{}; ///< in the past: dropped
  };

  claim_answer answer(replica_id from, const claim& x,
                      const std::vector<known_copy>& recorded, instant now);
  void drop(replica_id from, const claim& x);
  void forget_old(instant now);

  const lease_config& cfg_;
  std::map<replica_id, instant> leases_;
  std::map<replica_id, std::map<replica_id, fence_of>> fences_; ///< by asker
  std::map<std::string, promised> claims_;
  instant next_sweep_{};
};

} // namespace horde::scheduling
