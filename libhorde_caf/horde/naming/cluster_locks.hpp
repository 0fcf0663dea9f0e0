// SPDX-License-Identifier: MIT
//
// Locks of the whole horde, as one member takes part in them: a pure machine of
// three parts. `lock_requests` wants and has locks for the processes of this
// node, `lock_voter` is one vote, and `lock_electorate` says whether that vote
// counts. In: what processes want, bytes of other members, who is a member,
// time. `finish` says what follows.
//
// A lock is granted by more than half of the members, those that are down
// counted, for the time of a lease. Each grant of a key has a larger token than
// the one before. What that promises, and when it does not: docs/locks.md.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "horde/naming/lock_electorate.hpp"
#include "horde/naming/lock_requests.hpp"
#include "horde/naming/lock_voter.hpp"

namespace horde::naming {

class cluster_locks {
public:
  /// `seed` is for jitter alone.
  cluster_locks(const lock_config& cfg, member_id self, replica_id id,
                std::uint64_t seed, moment now);
  // Its parts know each other.
  cluster_locks(const cluster_locks&) = delete;
  cluster_locks& operator=(const cluster_locks&) = delete;

  // -- events: follow each by `finish` ---------------------------------------

  /// Answered by `grant` or `fail`: `refused` if this member has too many,
  /// `timeout` after `limit`, `not_a_member`, `bad_option`, `too_large`.
  /// Tickets are never used again.
  void ask(lock_ticket ticket, const std::string& key, duration lease,
           duration limit, moment now);

  /// Gives the lock back, or stops waiting for it. No-op if it is not held any
  /// more.
  void release(lock_ticket ticket, moment now);

  void receive(replica_id from, std::string_view bytes, moment now);

  /// `reachable`: members, and others of this horde, that can be talked to now;
  /// without ourselves.
  void set_members(const members& list, const std::vector<lock_peer>& reachable,
                   moment now);

  /// It has stopped for good: its votes are over.
  void stopped(const lock_peer& who, moment now);

  /// We have another id, and for the others are another member.
  void begin_anew(replica_id id, moment now);

  /// This member stops: all is lost, all fail.
  void leave(const failure& why, moment now);

  void tick(moment now);

  lock::effects finish(moment now);

  // -- queries ---------------------------------------------------------------

  instant wake_at() const;

  /// May the caller believe that it has the lock now?
  bool is_held(lock_ticket ticket, instant now) const {
    return requests_.is_held(ticket, now);
  }

  lock_standing standing() const { return electorate_.standing(); }
  const lock_voter& voter() const { return voter_; }
  const lock_requests& requests() const { return requests_; }
  const lock_electorate& electorate() const { return electorate_; }
  std::uint64_t ignored() const { return ignored_; } ///< messages

private:
  void hear(replica_id from, const lock_message& x, moment now);
  void hear(replica_id from, const lock::ask& x, moment now);
  void hear(replica_id from, const lock::take& x, moment now);
  void hear(replica_id from, const lock::renew& x, moment now);
  void hear(replica_id from, const lock::inquiry& x, moment now);
  void hear(replica_id from, const lock::report& x, moment now);
  bool is_absurd(const lock::report& x, moment now) const;
  /// May its vote, or its request, count?
  bool is_ours(replica_id from, std::uint64_t list) const;
  bool is_sane(duration lease, std::uint64_t token, moment now) const;
  void review(moment now);

  lock_config cfg_;
  random_engine rng_;
  lock_electorate electorate_;
  lock_voter voter_;
  lock_requests requests_;
  lock_posts answers_;
  lock::effects effects_;
  std::uint64_t ignored_ = 0;
  bool is_open_ = false;
};

} // namespace horde::naming
