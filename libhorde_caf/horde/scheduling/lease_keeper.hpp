// SPDX-License-Identifier: MIT
//
// The quorum lease of a supervisor: what makes that two copies of a child never
// run at the same time, on two sides of a split either. A pure machine of
// three:
//
//   lease_holder    may we run children, and start this one?
//   lease_granter   what we let others, and ourselves, do
//   lease_fences    may children of a member that is gone be taken over?
//
// A copy is started only after a quorum has promised it (a claim), and runs
// only as long as its member has a lease of a quorum. So whoever takes it over,
// with a quorum that grants the former member nothing any more, meets in one of
// them a member that knows.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "horde/scheduling/lease_electorate.hpp"
#include "horde/scheduling/lease_fences.hpp"
#include "horde/scheduling/lease_granter.hpp"
#include "horde/scheduling/lease_holder.hpp"
#include "horde/scheduling/operations.hpp"

namespace horde::scheduling {

class lease_keeper {
public:
  /// What its owner knows. `is_gone`: may that replica be fenced?
  struct facts {
    lease_granter::copies recorded;
    std::function<bool(replica_id)> is_gone;
  };

  lease_keeper(const lease_config& cfg, lease_electorate::rule has_quorum,
               facts known);
  lease_keeper(const lease_keeper&) = delete;
  lease_keeper& operator=(const lease_keeper&) = delete;

  /// We are new, or began anew: there is no lease.
  void begin(replica_id self, instant now);
  void set_members(const std::vector<member_info>& list, instant now);
  /// A member can be talked to again.
  void met(instant now) { holder_.met(now); }

  bool holds(instant now) const { return holder_.holds(now); }
  void claim(const std::string& id, std::uint64_t attempt, instant now) {
    holder_.ask(id, attempt, now);
  }
  void drop(const std::string& id) { holder_.drop(id); }

  /// Requires: `who` is gone.
  bool may_take_over(replica_id who, instant now) {
    return fences_.want(who, now);
  }

  // -- messages --------------------------------------------------------------

  struct post {
    std::optional<replica_id> to; ///< none: all members
    operation what;
  };
  struct news {
    std::vector<post> posts;
    std::vector<scheduling::claim> granted;
    std::vector<std::string> lost;
    bool may_take_over = false; ///< something that it was not before
  };

  /// The answer, if there is one. `is_malformed` if it makes no sense.
  std::optional<operation> receive(replica_id from, const operation& x,
                                   bool& is_malformed, instant now);

  /// To be called after each event, until there is no news.
  news step(instant now);

  instant wake_at() const;

private:
  std::optional<operation> on_request(replica_id from, const lease_request& x,
                                      instant now);
  std::optional<operation> on_fence(replica_id from, const fence_request& x,
                                    instant now);
  fence_reply fence(const fence_request& x, replica_id by, instant now);

  lease_config cfg_;
  facts known_;
  lease_electorate voters_;
  lease_holder holder_;
  lease_granter granter_;
  lease_fences fences_;
};

} // namespace horde::scheduling
