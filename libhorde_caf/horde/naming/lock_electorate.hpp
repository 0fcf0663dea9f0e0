// SPDX-License-Identifier: MIT
//
// Whether this member may vote on locks. Two majorities of one list have a
// member in common, which refuses the second; majorities of two lists need not,
// and who was restarted has forgotten what it promised. So a voter that goes by
// another list than before, or has just started, first asks the others who go
// by the same list:
//
// - It is *settled* once a majority of its list, and of each list that one of
//   these still had a part in, go by its list. Nothing can be granted under
//   those others then, unless their voters settle again, for which they would
//   have to win back a majority of this one.
// - It is *informed* once it knows the leases that may have been granted
// before,
//   too: from so many of each of these lists that every majority of it is
//   touched, from all of the list (holders tell of what they hold), or because
//   the longest lease has passed since it was settled.
//
// Settled voters take renewals: a holder knows whether its lease goes on. To
// give a key to somebody else takes informed ones. Nothing is asked before
// somebody wants a lock.

#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "horde/naming/lock_config.hpp"
#include "horde/naming/lock_messages.hpp"
#include "horde/random.hpp"

namespace horde::naming {

/// A member that can be talked to.
struct lock_peer {
  member_id who;
  replica_id replica{};
  friend bool operator==(const lock_peer&, const lock_peer&) = default;
};

enum class lock_standing : std::uint8_t { none, settled, informed };

class lock_electorate {
public:
  lock_electorate(const lock_config& cfg, member_id self, replica_id id,
                  instant now);

  // -- events ----------------------------------------------------------------

  /// `reachable`: of the list and others, without ourselves. Returns true if
  /// the list is another one.
  bool set_members(members list, const std::vector<lock_peer>& reachable,
                   instant now);

  /// That member has stopped, or said goodbye.
  void stopped(const lock_peer& x);

  /// What we promised is forgotten, as after a restart.
  void begin_anew(replica_id id, instant now);

  /// Somebody waits for our vote.
  void needed(instant now);

  /// Requires: `is_awaited`.
  void receive(replica_id from, const lock::report& x, instant now);

  /// Whom to ask now.
  std::vector<std::pair<replica_id, lock::inquiry>>
  take_inquiries(random_engine& rng, instant now);

  /// Time has passed.
  void tick(instant now) { review(now); }
  instant wake_at() const;

  /// Answers an inquiry, but for the leases.
  lock::report answer(replica_id from, const lock::inquiry& x, instant now);

  // -- queries ---------------------------------------------------------------

  std::uint64_t list() const { return hash_; }
  std::size_t size() const { return list_.size(); }
  bool lists_us() const { return lists(list_, self_); }
  lock_standing standing() const { return standing_; }
  replica_id id() const { return id_; }

  /// Voters that can be talked to, ourselves among them.
  const std::set<replica_id>& voters() const { return voters_; }
  /// The same, and who can be talked to but is not in the list.
  bool is_known(replica_id who) const { return names_.contains(who); }

  /// Stands for the member that is this replica now; zero: for none.
  std::uint64_t name_of(replica_id who) const;

  /// Who was told of leases while one could still be granted by a vote of its
  /// earlier life.
  std::vector<lock::life> told_of_late(instant now);

  /// Does it answer what we ask now?
  bool is_awaited(replica_id from, const lock::report& x) const;

  /// How often we were informed without having heard from so many that nothing
  /// can have escaped us: after waiting, or as all were there. Leases are safe
  /// then; tokens lean on the clocks if a majority has forgotten them.
  std::uint64_t leaps() const { return leaps_; }

  std::size_t remembered_lists() const { return lists_.size(); }

private:
  struct told {
    replica_id replica{};
    bool aged = false;
    std::vector<lock::known_list> lists;
  };

  static bool lists(const members& list, const member_id& who);
  bool is_aged(instant now) const;
  void remember(bool informed);
  void forget_oldest();
  void review(instant now);
  bool is_settled() const;
  bool is_told_of_leases(instant now) const;
  bool has_heard_enough(instant now) const;
  /// All lists that those who report had a part in.
  std::vector<const lock::known_list*> former_lists() const;
  /// How many of a list report, and how many of these know all that they
  /// promised under it.
  struct witnesses {
    std::size_t present = 0;
    std::size_t knowing = 0;
    std::size_t voters = 0; ///< the same, and of tokens
  };
  witnesses witnesses_of(const members& list, instant now) const;
  static std::size_t needed_of(const lock::known_list& x);

  const lock_config& cfg_;
  member_id self_;
  replica_id id_{};
  instant born_;
  members list_; ///< sorted
  std::uint64_t hash_ = 0;
  std::map<replica_id, member_id> names_; ///< who can be talked to
  struct newcomer {
    replica_id replica{};
    instant until;
  };
  std::map<std::uint64_t, newcomer> newcomers_; ///< by name
  std::set<replica_id> voters_;
  std::set<member_id> stopped_;
  std::vector<lock::known_list> lists_; ///< that we had a part in
  lock_standing standing_ = lock_standing::none;
  std::uint64_t round_ = 0; ///< of inquiries; a new one with each list
  std::map<member_id, told> reports_;
  instant settled_at_ = never;
  instant needed_until_{};
  std::uint64_t leaps_ = 0;
  instant next_inquiry_ = never;
};

} // namespace horde::naming
