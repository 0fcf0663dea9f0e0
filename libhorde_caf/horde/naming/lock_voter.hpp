// SPDX-License-Identifier: MIT
//
// What one voter knows of locks: who has which key until when, for whom a key
// is kept, and who asks. In: what requesters say under our list. Out: answers.
//
// A key is kept for one requester at a time, the one whose turn is the
// earliest. If somebody with an earlier turn comes, the other is told and
// yields unless it has a majority already. Turns are in one order for all
// voters, so the earliest gets all of them, and nobody waits in a circle
// (Maekawa 1985).
//
// One number is kept for all keys: the largest token seen or promised. So
// nothing is left of a key that nobody has or wants.

#pragma once

#include <algorithm>
#include <compare>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "horde/due_queue.hpp"
#include "horde/naming/lock_config.hpp"
#include "horde/naming/lock_messages.hpp"

namespace horde::naming {

/// A message for another member, or for ourselves.
struct lock_post {
  replica_id to{};
  lock_message what;
};
using lock_posts = std::vector<lock_post>;

class lock_voter {
public:
  lock_voter(const lock_config& cfg, std::uint64_t first)
      : cfg_(cfg), highest_(first) {}

  // -- what requesters say under our list ------------------------------------

  void receive(replica_id from, const lock::ask& x, instant now,
               lock_posts& out);
  void receive(replica_id from, const lock::yield& x, instant now,
               lock_posts& out);
  void receive(replica_id from, const lock::take& x, instant now,
               lock_posts& out);
  /// Requires: we are settled.
  void receive(replica_id from, const lock::renew& x, instant now,
               lock_posts& out);
  void receive(replica_id from, const lock::drop& x, instant now,
               lock_posts& out);

  // -- other events ----------------------------------------------------------

  /// We may promise keys: we are informed. Before, we take asks only.
  void open(instant now, lock_posts& out);

  /// Our list is another one: those who asked will do it again.
  void close(instant now);

  /// From another voter, or from a holder.
  void learn(const lock::known_lease& x, instant now);
  void learn_highest(std::uint64_t x) { highest_ = std::max(highest_, x); }
  /// Somebody has leases that we were not told of.
  void wait_until(instant x) { quiet_until_ = std::max(quiet_until_, x); }

  /// It cannot be talked to any more: it asks again when it can. What it has it
  /// has until its leases end.
  void gone(replica_id who, instant now, lock_posts& out);

  void tick(instant now, lock_posts& out);
  instant wake_at() const { return due_.next(); }

  // -- queries ---------------------------------------------------------------

  /// No token that we have seen or promised is larger.
  std::uint64_t highest() const { return highest_; }
  /// For somebody who begins to wait: behind all whom we know to wait, or to
  /// have waited.
  std::uint64_t next_turn() const { return std::max(highest_, turns_) + 1; }
  std::size_t keys() const { return keys_.size(); }
  /// Requesters that have or want something.
  std::size_t requesters() const { return shares_.size(); }

  /// Adds the leases that we know to a report, as far as they fit in.
  void tell(lock::report& x, std::size_t& room, instant now) const;

private:
  /// Orders those who ask.
  struct turn {
    std::uint64_t number = 0;
    replica_id who{};
    friend auto operator<=>(const turn&, const turn&) = default;
  };

  struct asker {
    std::uint64_t attempt = 0;
    instant until; ///< forgotten then, unless it asks again
  };

  struct keeping {
    turn whose;
    asker by;
    std::uint64_t number = 0;
  };

  struct lease {
    replica_id holder{};
    std::uint64_t attempt = 0;
    std::uint64_t token = 0;
    instant until;
  };

  struct slot {
    std::optional<lease> held;
    std::optional<keeping> kept;
    std::map<turn, asker> waiting;
  };

  using slots = std::unordered_map<std::string, slot>;

  /// The slot of a key, maybe a new one. The end if `who` has too many.
  slots::iterator slot_for(const std::string& key, replica_id who);
  void wait(slot& x, turn whose, asker by);
  void hold(slot& x, std::optional<lease> held);
  void stop_keeping(slot& x);
  void stop_waiting(slot& x, replica_id who, std::uint64_t upto);
  void count(replica_id who, int difference);
  void expire(slot& x, instant now);
  /// What follows after a change of a slot: a free key is kept for the first
  /// who waits; an empty slot goes.
  void settle(slots::iterator at, instant now, lock_posts& out);
  void settle_all(instant now, lock_posts& out);

  const lock_config& cfg_;
  std::uint64_t highest_;
  bool is_open_ = false;
  std::uint64_t list_ = 0;  ///< of the asks
  std::uint64_t turns_ = 0; ///< the latest
  instant quiet_until_{};
  slots keys_;
  due_queue<std::string> due_;
  /// In how many places a requester is in `keys_`.
  std::map<replica_id, std::size_t> shares_;
};

} // namespace horde::naming
