// SPDX-License-Identifier: MIT
//
// The locks that processes of one node want or have. In: what they want and
// what the voters answer. Out: what is said to the voters, and who has got a
// lock, has lost it, or will not get it.
//
// Who waits for one key does so in the order of arrival; only the first is
// known to the voters. It asks all of them. When a majority keeps the key for
// it, the token is larger than all numbers they promised; when a majority has
// taken that down, the lock is granted. The lease counts from before `take` was
// said, and ends a little early, so that by any clock the holder knows of its
// end before the first voter gives the key away. It is renewed in the same
// manner.

#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "horde/due_queue.hpp"
#include "horde/naming/lock_config.hpp"
#include "horde/naming/lock_electorate.hpp"
#include "horde/naming/lock_voter.hpp"
#include "horde/random.hpp"

namespace horde::naming {

/// What a local caller has asked for; the caller chooses the number.
enum class lock_ticket : std::uint64_t {};

namespace lock {

// -- effects -----------------------------------------------------------------

/// The caller has the lock, until told otherwise by `lose`.
struct grant {
  lock_ticket ticket{};
  std::string key;
  std::uint64_t token = 0;
  friend bool operator==(const grant&, const grant&) = default;
};

/// The lease has ended and could not be renewed.
struct lose {
  lock_ticket ticket{};
  std::string key;
  std::uint64_t token = 0;
  friend bool operator==(const lose&, const lose&) = default;
};

struct fail {
  lock_ticket ticket{};
  failure why;
  friend bool operator==(const fail&, const fail&) = default;
};

/// Bytes for another member.
struct send {
  replica_id to{};
  std::string bytes;
  friend bool operator==(const send&, const send&) = default;
};

using effect = std::variant<grant, lose, fail, send>;
using effects = std::vector<effect>;

} // namespace lock

class lock_requests {
public:
  lock_requests(const lock_config& cfg, const lock_electorate& electorate,
                const lock_voter& voter, random_engine& rng)
      : cfg_(cfg), electorate_(electorate), voter_(voter), rng_(rng) {}

  // -- events: `says` and `outcomes` have what follows -----------------------

  void ask(lock_ticket ticket, const std::string& key, duration lease,
           instant until, instant now);
  /// Also for one that waits: it is not told of it.
  void release(lock_ticket ticket, instant now);

  void receive(replica_id from, const lock::promise& x, moment now);
  void receive(replica_id from, const lock::wanted& x);
  void receive(replica_id from, const lock::accepted& x, instant now);
  void receive(replica_id from, const lock::refused& x, instant now);

  /// Some votes may be of no use any more.
  void voters_changed(bool is_other_list, instant now);

  /// All fail, and all are lost.
  void give_up(const failure& why, instant now);

  void tick(instant now);
  instant wake_at() const { return due_.next(); }

  lock_posts says;
  lock::effects outcomes;

  // -- queries ---------------------------------------------------------------

  bool is_held(lock_ticket ticket, instant now) const;
  std::size_t size() const { return tickets_.size(); }

  /// Adds what is held here to a report.
  void tell(lock::report& x, std::size_t& room, instant now) const;

private:
  struct waiter {
    lock_ticket ticket{};
    duration lease{};
    instant until;
    std::optional<std::uint64_t> turn; ///< since it is the first
  };

  /// Who has accepted. Not the votes of lives that are over while another
  /// voter had not voted yet: nobody might know of them any more.
  struct ballot {
    std::set<replica_id> accepted;
    std::map<std::uint64_t, replica_id> told; ///< by name
  };

  struct attempt {
    std::uint64_t number = 0;
    std::map<replica_id, std::uint64_t> promised;
    std::uint64_t token = 0; ///< zero: not taken yet
    instant taken_at;
    ballot votes;
    instant say_at;
    duration pause{}; ///< until it is said again
  };

  struct tenure {
    lock_ticket ticket{};
    std::uint64_t attempt = 0;
    std::uint64_t token = 0;
    duration lease{};
    instant until;
    std::uint64_t round = 0;
    instant round_at; ///< when it was said first
    ballot votes;
    bool is_renewed = true; ///< in this round
    instant say_at;
  };

  struct slot {
    std::deque<waiter> waiting;
    std::optional<attempt> trying; ///< for the first who waits
    std::optional<tenure> held;
  };

  using slots = std::map<std::string, slot>;

  static void count(ballot& x, replica_id from, const lock::accepted& vote);
  bool has_majority(const ballot& x) const;

  slots::iterator find(std::uint64_t attempt);
  slots::iterator find_trying(std::uint64_t attempt);
  void say_to_all(const lock_message& x);
  void drop(slots::iterator at, std::uint64_t attempt);
  void begin(slots::iterator at, instant say_at);
  void stop_trying(slots::iterator at);
  void take(slots::iterator at, moment now);
  void say(slots::iterator at, instant now);
  void say_take(slots::iterator at, replica_id to);
  void grant_if_taken(slots::iterator at, instant now);
  void begin_round(slots::iterator at, instant now);
  void say_round(slots::iterator at, instant now);
  void lose(slots::iterator at);
  void expire_waiters(slots::iterator at, instant now);
  /// What follows after a change of a slot.
  void settle(slots::iterator at, instant now);
  void forget(lock_ticket ticket);

  const lock_config& cfg_;
  const lock_electorate& electorate_;
  const lock_voter& voter_;
  random_engine& rng_;
  slots keys_;
  std::unordered_map<std::uint64_t, std::string> attempts_;
  std::uint64_t last_attempt_ = 0;
  std::map<lock_ticket, std::string> tickets_;
  due_queue<std::string> due_;
};

} // namespace horde::naming
