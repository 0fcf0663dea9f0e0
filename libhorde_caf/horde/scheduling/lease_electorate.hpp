// SPDX-License-Identifier: MIT
//
// Whose word counts for leases, and how many make a quorum: by the rule of the
// strategy, over the present member list. Who was restarted has forgotten what
// it granted, so its word does not count for a while where that matters.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "horde/membership/member.hpp"
#include "horde/scheduling/lease_config.hpp"

namespace horde::scheduling {

/// What is counted. Of a restarted member:
///   leases  count if its former life granted one just before
///   fences  count: it tells of the longest lease it may have granted
///   claims  do not
enum class vote : std::uint8_t { lease, fence, claim };

class lease_electorate {
public:
  /// Do those of the list that are there have quorum?
  using rule = std::function<bool(const std::vector<member_info>&)>;

  lease_electorate(const lease_config& cfg, rule has_quorum);

  /// We are new, or began anew.
  void begin(replica_id self, instant now);

  /// `is_fresh`: did that replica grant us a lease just before? Returns true if
  /// quorum is counted over others than before.
  bool set_members(const std::vector<member_info>& list,
                   const std::function<bool(replica_id)>& is_fresh,
                   instant now);

  std::uint64_t list() const { return hash_; }
  replica_id self() const { return self_; }

  /// The list is another one, or we are new: since when.
  instant since() const { return since_; }

  bool is_quorum(const std::set<replica_id>& standing, vote of,
                 instant now) const;

  /// The time until which so many stand that they are a quorum, each as long as
  /// `times` says. The least time there is, if they are none.
  instant stands_until(const std::map<replica_id, instant>& times, vote of,
                       instant now) const;

private:
  struct newcomer {
    instant until;
    bool is_fresh = false;
  };
  bool counts(const member_info& x, vote of, instant now) const;

  const lease_config& cfg_;
  rule has_quorum_;
  replica_id self_{};
  instant born_{};
  instant since_{};
  std::vector<member_info> list_;
  std::uint64_t hash_ = 0;
  std::map<member_id, replica_id> replicas_; ///< as known last
  std::map<member_id, newcomer> newcomers_;
};

} // namespace horde::scheduling
