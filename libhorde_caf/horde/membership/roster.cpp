// SPDX-License-Identifier: MIT

#include "horde/membership/roster.hpp"

#include <algorithm>

#include "horde/assert.hpp"
#include "horde/codec.hpp"
#include "horde/sort_unique.hpp"

namespace horde::membership {

namespace {

// How much news of departed nodes and members we remember, and how many
// outsiders we list. Beyond it what is of no use any more is forgotten.
constexpr std::size_t max_remembered = 4096;

/// Erases elements until at most `max_remembered` are left or all others are
/// still of use.
template <class Container, class Predicate>
void shrink(Container& xs, Predicate is_in_use) {
  for (auto i = xs.begin(); xs.size() > max_remembered && i != xs.end();)
    i = is_in_use(*i) ? std::next(i) : xs.erase(i);
}

} // namespace

std::string make_key(record_kind kind, std::string_view rest) {
  std::string result;
  result.reserve(rest.size() + 1);
  result.push_back(static_cast<char>(kind));
  result.append(rest);
  return result;
}

std::string_view rest_of(std::string_view key) {
  return key.empty() ? key : key.substr(1);
}

roster::roster(roster_config cfg)
    : cfg_(std::move(cfg)), departures_(cfg_.forget_after) {
  if (cfg_.mode == member_mode::automatic)
    cfg_.list = {cfg_.self};
  listed_.insert(cfg_.list.begin(), cfg_.list.end());
  HORDE_ASSERT(!validate(cfg_.traits)); // we would not hear ourselves
  sort_unique(cfg_.traits.labels);
}

// -- events ------------------------------------------------------------------

void roster::start(sync::replica& map, moment now) {
  self_replica_ = map.id();
  publish(map, now);
  list_ourselves(map, now);
  departures_.start(now.at);
  refresh(now);
}

void roster::list_ourselves(sync::replica& map, moment now) {
  if (cfg_.mode == member_mode::automatic)
    map.put(make_key(record_kind::member, to_string(cfg_.self)), {},
            map.stamp_at(now));
}

void roster::renewed(sync::replica& map, moment now) {
  self_replica_ = map.id();
  linked_.clear();
  if (cfg_.mode == member_mode::automatic)
    for (const auto& x : members_)
      listed_.insert(x.who);
  // Nobody took them back: we do not know them any more.
  records_.clear();
  current_.clear();
  has_former_list_ = true;
  if (withdrawn_)
    return;
  publish(map, now);
  list_ourselves(map, now);
}

bool roster::caught_up(sync::replica& map, moment now) {
  if (!has_former_list_ || !map.has_caught_up())
    return false;
  has_former_list_ = false;
  if (cfg_.mode == member_mode::dynamic)
    read_list(map, make_key(record_kind::member_list, {}), now);
  if (cfg_.mode == member_mode::automatic)
    std::erase_if(listed_, [&](const member_id& who) {
      auto key = make_key(record_kind::member, to_string(who));
      return map.versions(key).empty();
    });
  return refresh(now);
}

std::optional<failure> roster::set_members(sync::replica& map,
                                           const horde::members& list,
                                           moment now) {
  switch (cfg_.mode) {
  case member_mode::fixed:
    return failure{errc::bad_option,
                   "the members of horde '" + cfg_.self.horde
                     + "' are a static list; start it with dynamic or "
                       "automatic members to change them"};
  case member_mode::dynamic:
    map.put(make_key(record_kind::member_list, {}), to_bytes(list),
            map.stamp_at(now));
    return std::nullopt;
  case member_mode::automatic: break;
  }
  std::set<member_id> wanted(list.begin(), list.end());
  for (const auto& who : wanted) {
    if (!listed_.contains(who))
      map.put(make_key(record_kind::member, to_string(who)), {},
              map.stamp_at(now));
    else if (is_removed(who))
      map.erase(make_key(record_kind::removed, to_string(who)));
  }
  for (const auto& who : listed_)
    if (!wanted.contains(who) && !is_removed(who))
      map.erase(make_key(record_kind::member, to_string(who)));
  return std::nullopt;
}

void roster::announce(sync::replica& map, member_status mine, moment now) {
  mine_ = mine;
  publish(map, now);
}

void roster::withdraw(sync::replica& map) {
  withdrawn_ = true; // before the erasures, which we would undo otherwise
  map.erase(make_key(record_kind::self, to_string(cfg_.self)));
  if (cfg_.mode == member_mode::automatic)
    map.erase(make_key(record_kind::member, to_string(cfg_.self)));
}

bool roster::changed(sync::replica& map, std::string_view key, moment now) {
  if (is_kind(key, record_kind::self))
    read_self_record(map, key, now);
  else if (is_kind(key, record_kind::member_list)
           || is_kind(key, record_kind::member))
    read_list(map, key, now);
  else if (is_kind(key, record_kind::removed))
    read_removal(map, key);
  else
    return false;
  return refresh(now);
}

bool roster::node_changed(const node_id& who, node_state state, moment now) {
  nodes_[who.life] = state;
  auto& newest = newest_nodes_[who.name];
  newest = std::max(newest, who.life);
  forget_old_news();
  return refresh(now);
}

void roster::ask_for_last_words(sync::replica& map, const node_id& who,
                                node_state state, moment now) const {
  if (state != node_state::suspect)
    return;
  for (const auto& x : members_)
    if (x.node == who && x.linked)
      map.neighbour_suspect(x.replica, now);
}

bool roster::peer_up(sync::replica& map, const member_id& who,
                     replica_id replica, moment now) {
  if (cfg_.mode == member_mode::fixed && !listed_.contains(who)) {
    if (outsiders_.size() < max_remembered)
      outsiders_.insert(who);
    return false;
  }
  linked_.insert(replica);
  stopped_.erase(replica);
  map.neighbour_up(replica, now);
  refresh(now);
  return true;
}

bool roster::peer_down(sync::replica& map, replica_id replica, bool stopped,
                       moment now) {
  if (linked_.erase(replica) == 0 && !stopped)
    return false;
  if (stopped)
    stopped_.insert(replica);
  map.neighbour_down(replica, now);
  return refresh(now);
}

// -- queries -----------------------------------------------------------------

bool roster::is_member() const {
  auto life = lives_.find(cfg_.self);
  auto is_superseded = life != lives_.end() && life->second > cfg_.node.life;
  return is_listed(cfg_.self) && !withdrawn_ && !is_superseded;
}

bool roster::is_visible(replica_id owner) const {
  auto who = find(owner);
  return who != nullptr && who->status != member_status::dead;
}

const member_info* roster::find(replica_id owner) const {
  auto place = places_.find(owner);
  return place != places_.end() ? &members_[place->second] : nullptr;
}

const member_info* roster::find(const member_id& who) const {
  auto i =
    std::lower_bound(members_.begin(), members_.end(), who,
                     [](const auto& x, const auto& y) { return x.who < y; });
  return i != members_.end() && i->who == who ? &*i : nullptr;
}

std::optional<node_state> roster::state_of(const incarnation& life) const {
  auto node = nodes_.find(life);
  return node != nodes_.end() ? std::optional{node->second} : std::nullopt;
}

bool roster::is_janitor() const {
  for (const auto& x : members_)
    if (x.status == member_status::alive && x.linked)
      return x.who == cfg_.self;
  return false;
}

bool roster::is_departed(const sync::replica& map, replica_id who) const {
  if (who == self_replica_ || linked_.contains(who))
    return false;
  if (departed_.contains(who))
    return true;
  // Its first write is its self record, and records are replaced in one step.
  return !current_.contains(who) && map.map().seen().contains({who, 1});
}

bool roster::is_returning(const member_info& x) const {
  auto newest = newest_nodes_.find(x.node.name);
  if (newest == newest_nodes_.end() || newest->second <= x.node.life)
    return false;
  auto state = state_of(newest->second);
  return state == node_state::up || state == node_state::suspect;
}

// -- records -----------------------------------------------------------------

void roster::publish(sync::replica& map, moment now) {
  if (withdrawn_)
    return;
  map.put(make_key(record_kind::self, to_string(cfg_.self)),
          to_bytes(self_record_now()), map.stamp_at(now));
}

roster::self_record roster::self_record_now() const {
  return {cfg_.node, self_replica_, mine_, cfg_.traits};
}

void roster::read_self_record(sync::replica& map, std::string_view key,
                              moment now) {
  auto who = parse_member_id(rest_of(key));
  if (!who)
    return;
  auto newest = newest_record(map, *who, key);
  // We alone write ours. If it was erased or stands beside an earlier one, we
  // write it again; unless a newer life of our node has taken our place.
  if (*who == cfg_.self && !withdrawn_ && lives_[*who] <= cfg_.node.life
      && (!newest || newest->replica != self_replica_
          || map.versions(key).size() > 1)) {
    publish(map, now);
    lives_[*who] = cfg_.node.life;
    newest = self_record_now();
  }
  replace_record(*who, std::move(newest));
}

std::optional<roster::self_record> roster::newest_record(sync::replica& map,
                                                         const member_id& who,
                                                         std::string_view key) {
  std::vector<std::pair<crdt::dot, self_record>> found; // latest write first
  for (const auto& x : map.versions(key)) {
    auto record = from_bytes<self_record>(x.value);
    // A member speaks for itself alone: the dot must be the writer's own.
    if (record && record->replica == x.id.who
        && (record->status == member_status::alive
            || record->status == member_status::shutting_down)
        && !validate(record->traits))
      found.emplace_back(x.id, std::move(*record));
  }
  auto known = lives_.find(who);
  for (const auto& [id, record] : found)
    if (known == lives_.end())
      known = lives_.emplace(who, record.node.life).first;
    else
      known->second = std::max(known->second, record.node.life);
  // Late news of an earlier life: whoever sees it takes it away, for the newer
  // life may have come and gone without having seen it. Not from one that we
  // talk to: it would only write it again.
  std::vector<crdt::dot> late;
  std::optional<self_record> newest;
  for (const auto& [id, record] : found)
    if (record.node.life >= known->second)
      newest = newest ? newest : record;
    else if (!linked_.contains(id.who))
      late.push_back(id);
  map.erase(key, late);
  return newest;
}

void roster::replace_record(const member_id& who,
                            std::optional<self_record> newest) {
  auto known = records_.find(who);
  if (known != records_.end()
      && (!newest || newest->replica != known->second.replica)) {
    superseded_.insert(known->second.replica);
    current_.erase(known->second.replica);
  }
  if (newest) {
    superseded_.erase(newest->replica); // it was only forgotten, and is back
    current_.insert(newest->replica);
    records_.insert_or_assign(who, *newest);
  } else if (known != records_.end()) {
    records_.erase(known);
  }
  forget_old_news();
}

void roster::forget_old_news() {
  auto is_current = [this](replica_id x) { return current_.contains(x); };
  shrink(superseded_, is_current);
  shrink(stopped_, is_current);
  shrink(lives_, [this](const auto& x) {
    return records_.contains(x.first) || listed_.contains(x.first)
           || x.first == cfg_.self;
  });
  auto is_there = [this](const incarnation& life) {
    auto x = state_of(life);
    return x == node_state::up || x == node_state::suspect;
  };
  shrink(newest_nodes_, [&](const auto& x) { return is_there(x.second); });
  shrink(nodes_, [&](const auto& x) { return is_there(x.first); });
}

void roster::read_list(sync::replica& map, std::string_view key, moment now) {
  if (cfg_.mode == member_mode::dynamic && key.size() == 1) {
    auto winner = map.winner(key);
    if (!winner && has_former_list_)
      return;
    auto list = winner ? from_bytes<horde::members>(winner->value)
                       : std::optional{cfg_.list};
    if (list)
      listed_ = {list->begin(), list->end()};
  } else if (cfg_.mode == member_mode::automatic) {
    auto who = parse_member_id(rest_of(key));
    if (withdrawn_ && who == cfg_.self) // listed by others meanwhile
      map.erase(key);
    else if (who == cfg_.self && map.versions(key).empty())
      list_ourselves(map, now); // who is there is in
    if (!who)
      return;
    if (!map.versions(key).empty())
      listed_.insert(std::move(*who));
    else if (!has_former_list_)
      listed_.erase(*who);
  }
}

} // namespace horde::membership
