// SPDX-License-Identifier: MIT
//
// The lease of this member, and its claims to start single copies. A lease
// lasts as long as those who granted it are a quorum; each grant counts from
// when it was asked for. A copy is started once a quorum has promised that
// nobody else gets this child or this token; it is asked again until a quorum
// has the record of it, for a promise ends, and a record does not.

#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "horde/due_queue.hpp"
#include "horde/scheduling/lease_electorate.hpp"
#include "horde/scheduling/lease_messages.hpp"

namespace horde::scheduling {

class lease_holder {
public:
  lease_holder(const lease_config& cfg, const lease_electorate& voters);

  /// We know nothing and have nothing.
  void begin(instant now);

  /// Quorum is counted over others than before.
  void list_changed(instant now);

  /// Somebody can be talked to again.
  void met(instant now) { next_request_ = now; }

  bool holds(instant now) const { return now < until_; }
  instant until() const { return until_; }

  /// Did `who` grant us a lease just before?
  bool is_fresh(replica_id who, instant now) const;

  // -- claims ----------------------------------------------------------------

  /// Asks for a copy. Ends with `granted` or `drop`.
  void ask(const std::string& id, std::uint64_t attempt, instant now);
  void drop(const std::string& id);
  std::size_t claims() const { return claims_.size(); }

  struct news {
    std::vector<claim> granted;    ///< its token may be larger than asked for
    std::vector<std::string> lost; ///< granted before, not recorded in time
  };
  /// Looks at what time and answers have changed.
  news review(instant now);

  // -- messages --------------------------------------------------------------

  /// To all members, and to be answered by ourselves.
  std::vector<lease_request> take_requests(instant now);

  /// Returns false if it does not answer what was asked.
  bool receive(replica_id from, const lease_grant& x, instant now);

  instant wake_at() const;

private:
  struct own_claim {
    std::uint64_t attempt = 0;
    std::uint64_t ask = 0;
    std::map<replica_id, instant> promises; ///< until when
    std::set<replica_id> records;
    bool granted = false;
    unsigned turns = 0; ///< how often somebody else wanted it, too
    instant until{};    ///< if granted
    instant send_at{};
  };
  struct flight {
    instant sent{};
    std::vector<claim> claims;
  };

  void ask_again(const std::string& id, std::uint64_t attempt, instant now);
  news lapse();
  void forget(const std::string& id);
  bool is_due(instant now) const;
  lease_request make_request(std::vector<std::string>& due, instant now);
  void answered(const claim& asked, const claim_answer& x, replica_id from,
                instant sent, instant now);
  bool review_claim(const std::string& id, own_claim& x, news& out,
                    instant now);
  void schedule(const std::string& id, const own_claim& x);

  const lease_config& cfg_;
  const lease_electorate& voters_;
  instant until_ = instant::min();
  std::map<replica_id, instant> grants_; ///< until when
  bool grants_changed_ = true;
  std::map<std::uint64_t, flight> flights_; ///< by number
  std::uint64_t next_number_ = 1;
  std::uint64_t next_ask_ = 1;
  instant next_request_{};
  std::map<std::string, own_claim> claims_;
  std::set<std::string> changed_; ///< claims
  due_queue<std::string> due_;
  std::vector<claim> dropped_; ///< to be given back
  std::size_t dropped_bytes_ = 0;
};

} // namespace horde::scheduling
