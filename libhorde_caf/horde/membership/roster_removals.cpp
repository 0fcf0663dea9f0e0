// SPDX-License-Identifier: MIT
//
// How members are removed that nobody has heard of for long, and how the
// replicas of those that departed are forgotten.

#include <algorithm>

#include "horde/codec.hpp"
#include "horde/membership/roster.hpp"

namespace horde::membership {

void roster::tick(sync::replica& map, moment now, bool may_remove) {
  if (now.at < departures_.next_look())
    return;
  auto gone = map.map().seen().replicas();
  // Of one that died while it told us what it has, we may never hear who it is.
  std::erase_if(gone, [&](replica_id x) {
    auto is_there = is_known(x) || x == self_replica_ || linked_.contains(x);
    return is_there && !is_departed(map, x);
  });
  std::vector<replica_id> silent;
  for (const auto& x : members_)
    if (x.status != member_status::uninitialized && !x.linked
        && std::ranges::find(gone, x.replica) == gone.end())
      silent.push_back(x.replica);
  auto forgotten = departures_.look(gone, silent, now.at);
  remove_lost(map, may_remove, now);
  if (!is_janitor())
    return;
  take_back_removals(map);
  erase_forgotten(map);
  for (auto who : forgotten)
    map.forget(who, now);
}

void roster::remove_lost(sync::replica& map, bool may_remove, moment now) {
  if (cfg_.mode != member_mode::automatic)
    return;
  std::vector<member_id> lost;
  for (const auto& x : members_)
    if (is_lost(x, map))
      lost.push_back(x.who);
  lost_.look(lost, now.at);
  if (!may_remove || !is_janitor())
    return;
  for (const auto& who : lost_.lasting(cfg_.forget_after, now.at)) {
    auto x = find(who);
    if (x->replica != replica_id{})
      map.put(make_key(record_kind::removed, to_string(who)),
              to_bytes(x->replica), map.stamp_at(now));
    else // it never said who it is, so there is nobody to speak of
      map.erase(make_key(record_kind::member, to_string(who)));
  }
}

bool roster::is_lost(const member_info& x, const sync::replica& map) const {
  if (x.linked)
    return false;
  auto record = records_.find(x.who);
  return record == records_.end()
         || (!is_heard_of(record->second)
             && !map.is_reached_by_others(x.replica));
}

bool roster::is_heard_of(const self_record& record) const {
  auto node = state_of(record.node.life);
  auto is_there = node == node_state::up || node == node_state::suspect;
  return linked_.contains(record.replica)
         || (is_there && !stopped_.contains(record.replica));
}

bool roster::is_removed(const member_id& who) const {
  auto removal = removals_.find(who);
  auto record = records_.find(who);
  return removal != removals_.end() && record != records_.end()
         && removal->second.contains(record->second.replica) && who != cfg_.self
         && !is_heard_of(record->second); // who hears of it knows better
}

bool roster::is_visiting(const self_record& record) const {
  return cfg_.mode == member_mode::automatic && is_heard_of(record);
}

bool roster::is_listed(const member_id& who) const {
  auto record = records_.find(who);
  return (listed_.contains(who) && !is_removed(who))
         || (record != records_.end() && is_visiting(record->second));
}

void roster::read_removal(sync::replica& map, std::string_view key) {
  auto who = parse_member_id(rest_of(key));
  if (!who || cfg_.mode != member_mode::automatic)
    return;
  std::set<replica_id> gone;
  for (const auto& x : map.versions(key))
    if (auto replica = from_bytes<replica_id>(x.value))
      gone.insert(*replica);
  if (gone.empty()) {
    removals_.erase(*who);
    return;
  }
  removals_.insert_or_assign(*who, std::move(gone));
  if (who == cfg_.self && !withdrawn_)
    map.erase(key); // we are still here, or here again
}

/// A removal is of no use any more when it is of a replica whose place another
/// one took, or that withdrew.
void roster::take_back_removals(sync::replica& map) {
  for (const auto& [who, replicas] : removals_) {
    auto record = records_.find(who);
    if (record == records_.end() || !replicas.contains(record->second.replica))
      map.erase(make_key(record_kind::removed, to_string(who)));
  }
}

/// At the next look after their replicas were forgotten, so that everybody
/// knows that before: who hears of such a member goes on to know who it is
/// until it begins anew.
void roster::erase_forgotten(sync::replica& map) {
  for (const auto& [id, record] : records_) {
    if (!map.map().seen().is_forgotten(record.replica) || is_listed(id))
      continue;
    auto who = to_string(id);
    map.erase(make_key(record_kind::self, who));
    if (cfg_.mode == member_mode::automatic) {
      map.erase(make_key(record_kind::member, who));
      map.erase(make_key(record_kind::removed, who));
    }
  }
}

std::vector<member_info> roster::report(const sync::replica& map) const {
  auto result = members_;
  for (auto& x : result)
    x.reached =
      x.replica != replica_id{} && map.is_reached_by_others(x.replica);
  return result;
}

} // namespace horde::membership
