// SPDX-License-Identifier: MIT
//
// Whether the children of a member that is gone may be taken over: once a
// quorum grants it no lease any more, and all that these granted before has
// ended. Asks for that as long as it is wanted.

#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "horde/scheduling/lease_electorate.hpp"
#include "horde/scheduling/lease_messages.hpp"

namespace horde::scheduling {

class lease_fences {
public:
  lease_fences(const lease_config& cfg, const lease_electorate& voters)
      : cfg_(cfg), voters_(voters) {}

  /// Nobody is fenced.
  void begin() { wanted_.clear(); }
  void list_changed(instant now);

  /// Requires: it is gone. May its children be taken over? If not, that is
  /// worked on from now on.
  bool want(replica_id who, instant now);

  /// It is not gone any more: what was asked for is taken back.
  std::vector<fence_request> drop(replica_id who);

  /// Whom we want to be fenced.
  std::vector<replica_id> wanted() const;

  /// To all members, and for ourselves.
  std::vector<fence_request> take_requests(instant now);

  void receive(replica_id from, const fence_reply& x, instant now);

  /// Since the last call it became true that `want` says yes for some.
  bool review(instant now);

  instant wake_at() const;

private:
  struct reply {
    instant passes{}; ///< then it stands by
    instant holds{};  ///< until then
  };
  struct target {
    std::map<replica_id, reply> replies;
    std::map<std::uint64_t, instant> sent; ///< by number
    instant wanted_at{};
    instant send_at{};
    bool is_complete = false;
  };

  bool is_complete(const target& x, instant now) const;

  const lease_config& cfg_;
  const lease_electorate& voters_;
  std::map<replica_id, target> wanted_;
  std::uint64_t next_number_ = 1;
  instant next_check_ = never;
};

} // namespace horde::scheduling
