// SPDX-License-Identifier: MIT
//
// Who is in one horde, as one member sees it: the member list, what each member
// says of itself, and what is known of its node. Registry and supervisor own
// one by value beside their replica. A pure machine.
//
// All of it lives in the horde's shared map: the list (one register in dynamic
// mode, one record a member in automatic mode, so that members with different
// views never fight) and one record a member, written only by that member.
// What a member says of itself is in its record: alive or shutting down. What
// others see as its status is not stored: it follows from that record and from
// what each of them knows of its node.
//
// Down is a status, never a removal. But an automatic member that is lost for
// `forget_after` is removed: the janitor writes one record, "this replica is
// gone", which all apply by themselves. Nobody erases what the member said, and
// whoever can talk to it does not believe the record; nor does the member,
// which takes it back. So sides that remove each other are one again once they
// meet, and no view fights another.

#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "horde/errc.hpp"
#include "horde/membership/departures.hpp"
#include "horde/membership/member.hpp"
#include "horde/membership/node_state.hpp"
#include "horde/membership/since_when.hpp"
#include "horde/sync/replica.hpp"

namespace horde::membership {

/// The first byte of a key in the shared map of a horde.
enum class record_kind : char {
  name = 'n',        ///< registry: a registered name
  meta = 'm',        ///< registry: replicated settings of users
  wanted = 'w',      ///< supervisor: a child that should run
  placed = 'p',      ///< supervisor: where it runs
  member_list = 'L', ///< dynamic mode: the whole list
  member = 'M',      ///< automatic mode: one member
  self = 'S',        ///< what a member says of itself
  removed = 'R',     ///< automatic mode: a replica of that member is gone
};

std::string make_key(record_kind kind, std::string_view rest);

/// The part behind the first byte.
std::string_view rest_of(std::string_view key);

inline bool is_kind(std::string_view key, record_kind kind) {
  return !key.empty() && key.front() == static_cast<char>(kind);
}

struct roster_config {
  member_id self;
  node_id node;
  member_mode mode = member_mode::automatic;
  members list; ///< fixed: all; dynamic: until the first `set_members`
  /// An automatic member that is lost for so long is removed. What departed
  /// replicas wrote is remembered as long; then their ids are forgotten. Who
  /// was cut off from all others for longer may find itself forgotten
  /// (`sync::step::renewed`). At least some reconciliations long.
  duration forget_after = std::chrono::hours{1};
  /// Of our node: all members are told. Requires: `validate` takes them.
  member_traits traits{};
};

class roster {
public:
  explicit roster(roster_config cfg);

  // -- events: `changed`, `node_changed` and `peer_down` return true if
  //    `members()` or `departed()` may have changed; the others write, and
  //    `changed` follows ------------------------------------------------------

  /// Publishes ourselves. Call once, first.
  void start(sync::replica& map, moment now);

  /// Replaces the whole list. Refused in fixed mode.
  std::optional<failure> set_members(sync::replica& map, const members& list,
                                     moment now);

  /// Says that we are stopping, or that we are back.
  void announce(sync::replica& map, member_status mine, moment now);

  /// The map's replica was forgotten and has begun anew: says again who we are.
  /// Its neighbours are gone; `changed` follows for what it had. The list stays
  /// what it was until another one comes or the map has caught up.
  void renewed(sync::replica& map, moment now);

  /// Call after each step: believes the map again if it has caught up. Returns
  /// true if `members()` or `departed()` may have changed.
  bool caught_up(sync::replica& map, moment now);

  /// If we are the janitor: removes automatic members that are lost for
  /// `forget_after`, if `may_remove`; and forgets who departed long enough ago,
  /// if everybody else who may know more of them has been heard of since. With
  /// a quorum strategy, `may_remove` says that we are on the side with quorum.
  void tick(sync::replica& map, moment now, bool may_remove = true);

  /// When `tick` wants to be called next.
  instant wake_at() const { return departures_.next_look(); }

  /// Takes our own records out of the map: the last thing a member does.
  void withdraw(sync::replica& map);

  /// A key of the shared map changed. Ignores keys of other kinds.
  bool changed(sync::replica& map, std::string_view key, moment now);

  /// The state of a node changed.
  bool node_changed(const node_id& who, node_state state, moment now);

  /// Of a node that is suspect, others may have heard what we did not: its
  /// members may have died while they told their last writes.
  void ask_for_last_words(sync::replica& map, const node_id& who,
                          node_state state, moment now) const;

  /// A member of this horde can be talked to. Makes it our neighbour unless the
  /// list is fixed and does not name it; then remembers it as an outsider and
  /// returns false.
  bool peer_up(sync::replica& map, const member_id& who, replica_id replica,
               moment now);

  /// It cannot be talked to any more (its link broke, or it stopped).
  bool peer_down(sync::replica& map, replica_id replica, bool stopped,
                 moment now);

  // -- queries ---------------------------------------------------------------

  /// The list with statuses, sorted by member id.
  const std::vector<member_info>& members() const { return members_; }

  /// Another number each time that `members()` changes.
  std::uint64_t version() const { return version_; }

  /// The same, for people: with what others say whom they reach.
  std::vector<member_info> report(const sync::replica& map) const;

  const member_id& self() const { return cfg_.self; }
  const node_id& node() const { return cfg_.node; }
  member_mode mode() const { return cfg_.mode; }

  /// Are we in the list, and neither withdrawn nor replaced by a newer
  /// incarnation of our node?
  bool is_member() const;

  /// May entries written by `owner` be shown? It is a listed member, and
  /// neither down nor replaced by a newer incarnation.
  bool is_visible(replica_id owner) const;

  /// The member that writes as `owner`; nothing if unknown or superseded.
  const member_info* find(replica_id owner) const;
  const member_info* find(const member_id& who) const;

  /// What is known of that life of a node. Nothing: never heard of it, or too
  /// long ago.
  std::optional<node_state> state_of(const incarnation& life) const;

  /// Did it stop, and was not met since?
  bool has_stopped(replica_id who) const { return stopped_.contains(who); }

  /// Replicas that were replaced by a newer incarnation of their member, said
  /// goodbye, or are down and belong to members that were removed: their
  /// entries are to be erased. Those we have heard of.
  const std::set<replica_id>& departed() const { return departed_; }

  /// Are its entries to be erased now? Also true for a replica that we never
  /// met: its self record, the first thing it wrote, was seen by `map` and is
  /// gone. False while we can talk to it: it would write them again at once.
  bool is_departed(const sync::replica& map, replica_id who) const;

  /// Can nothing of that replica return? It stopped, said goodbye, or a newer
  /// life of its node took its place.
  bool is_gone_for_good(replica_id who) const;

  /// Has it said of itself who it is? Its self record is current.
  bool is_known(replica_id who) const { return current_.contains(who); }

  /// One alive member does the housekeeping that one is enough for: the first
  /// that we can talk to. Members with different views may choose two.
  bool is_janitor() const;

  /// Its node runs again, in a newer life that did not yet say who it is here.
  bool is_returning(const member_info& x) const;

  /// Fixed mode: who tried to join though it is not in the list.
  const std::set<member_id>& outsiders() const { return outsiders_; }

private:
  /// What a member says of itself.
  struct self_record {
    node_id node;
    replica_id replica{};
    member_status status = member_status::alive;
    member_traits traits;

    template <class Self>
    static auto fields(Self& x) {
      return make_record("horde::membership::self_record",
                         field("node", x.node), field("replica", x.replica),
                         field("status", x.status), field("traits", x.traits));
    }
  };

  self_record self_record_now() const;
  void publish(sync::replica& map, moment now);
  void list_ourselves(sync::replica& map, moment now);
  void read_self_record(sync::replica& map, std::string_view key, moment now);
  /// The record of the newest incarnation of `who`. Erases older ones.
  std::optional<self_record>
  newest_record(sync::replica& map, const member_id& who, std::string_view key);
  void replace_record(const member_id& who, std::optional<self_record> newest);
  void read_list(sync::replica& map, std::string_view key, moment now);
  void read_removal(sync::replica& map, std::string_view key);
  bool is_heard_of(const self_record& record) const;
  /// Nobody that we know of can talk to it.
  bool is_lost(const member_info& x, const sync::replica& map) const;
  void remove_lost(sync::replica& map, bool may_remove, moment now);
  void take_back_removals(sync::replica& map);
  /// Takes out the records of members that cannot come back as they were.
  void erase_forgotten(sync::replica& map);
  /// In automatic mode whom we hear of is in, also when the record that says so
  /// was lost on a side that had removed it.
  bool is_visiting(const self_record& record) const;
  /// In the list, and not removed.
  bool is_listed(const member_id& who) const;
  bool is_removed(const member_id& who) const;
  member_status status_of(const self_record& record) const;
  /// Nothing of that replica can return.
  bool is_gone_for_good(const self_record& record) const;
  void forget_old_news();
  /// Computes `members_`, `places_` and `departed_` anew; true if one of them
  /// changed.
  bool refresh(moment now);

  roster_config cfg_;
  member_status mine_ = member_status::alive;
  replica_id self_replica_{};
  std::set<member_id> listed_; ///< also those that were removed
  std::map<member_id, std::set<replica_id>> removals_; ///< as recorded
  since_when<member_id> lost_;
  std::map<member_id, self_record> records_;
  std::map<incarnation, node_state> nodes_;
  std::map<std::string, incarnation> newest_nodes_; ///< by name
  std::map<member_id, incarnation> lives_; ///< the newest ever heard of
  std::set<replica_id> current_;           ///< those of `records_`
  std::set<replica_id> linked_;
  std::set<replica_id> stopped_;
  std::set<replica_id> superseded_;
  bool withdrawn_ = false;
  bool has_former_list_ = false; ///< we began anew and know no other yet
  std::set<replica_id> departed_;
  std::set<member_id> outsiders_;
  departures departures_;
  std::vector<member_info> members_;
  std::uint64_t version_ = 0;
  std::unordered_map<replica_id, std::size_t> places_; ///< in `members_`
};

} // namespace horde::membership
