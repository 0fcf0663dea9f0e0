// SPDX-License-Identifier: MIT
//
// The steps of simulated registries: effects, and what must be true after each.

#include "support/sim_registries.hpp"

#include <algorithm>

namespace horde::sim {

using namespace std::chrono_literals;

void sim_registries::finish(std::size_t node) {
  auto& x = sites_[node];
  auto out = x.core->finish(now_at(x));
  x.wake_at = x.core->wake_at();
  if (!x.core->roster().is_member())
    lose_names(node);
  auto is_send = [](const auto& e) {
    return std::holds_alternative<naming::send>(e);
  };
  auto shows = !std::ranges::all_of(out, is_send);
  perform(node, std::move(out));
  check_removals(node);
  auto digest = x.core->replica().map().digest();
  if (std::exchange(x.checked, digest) == digest && !shows)
    return;
  check_view(x);
  check_meta(x);
  check_claims(node);
}

void sim_registries::perform(std::size_t node, naming::effects out) {
  auto& x = sites_[node];
  for (auto& effect : out) {
    note("effect", effect.index());
    if (auto e = std::get_if<naming::watch>(&effect)) {
      if (!x.watched.insert(e->actor).second)
        violate("watched twice");
    } else if (auto e = std::get_if<naming::unwatch>(&effect)) {
      if (x.watched.erase(e->actor) == 0)
        violate("unwatched without a watch");
    } else if (auto e = std::get_if<naming::show>(&effect)) {
      x.entries[e->name] = {e->owner, e->entry};
    } else if (auto e = std::get_if<naming::hide>(&effect)) {
      x.entries.erase(e->name);
    } else if (auto e = std::get_if<naming::show_meta>(&effect)) {
      if (e->value)
        x.meta[e->key] = *e->value;
      else
        x.meta.erase(e->key);
    } else if (auto e = std::get_if<naming::show_owner>(&effect)) {
      x.owners[e->owner] = *e;
    } else if (auto e = std::get_if<naming::evict>(&effect)) {
      on_evict(node, *e);
    } else if (auto e = std::get_if<naming::decide>(&effect)) {
      on_decide(node, *e);
    } else if (auto e = std::get_if<naming::send>(&effect)) {
      network_.send({x.replica, e->to, e->bytes}, now_);
    } else if (auto e = std::get_if<naming::renewed>(&effect)) {
      renew(node, e->id);
    }
  }
}

void sim_registries::on_evict(std::size_t node, const naming::evict& x) {
  note(x.name, x.actor);
  if (node_of(x.actor) != node)
    violate("evicted by another member than its own");
  if (held_.erase({x.name, x.actor}) == 0)
    violate("evicted from " + x.name + ", which it does not hold");
  // What it is may have been learned since, and not arrived here.
  const auto& child = processes_.at(x.actor).child;
  for (const auto& v : sites_[node].core->replica().versions(key_of(x.name)))
    if (auto entry = from_bytes<naming::name_entry>(v.value))
      if (entry->actor == x.winner.actor
          && naming::are_copies(child, entry->child))
        violate("a copy of a child was evicted for another one");
  auto winner = std::pair{x.name, x.winner.actor};
  auto since = since_[{x.name, x.actor}];
  if (!since_.contains(winner))
    violate("evicted for a winner that never claimed " + x.name);
  else if (cfg_.conflicts == conflict_rule::last_wins
           && latest_[winner] < since)
    violate("the earlier claim won " + x.name);
  else if (cfg_.conflicts == conflict_rule::first_wins
           && first_claim(x.name, x.winner.actor) > since)
    violate("the later claim won " + x.name);
  else if (cfg_.conflicts == conflict_rule::decided && x.winner.actor > x.actor)
    violate("another claim won " + x.name + " than the function said");
  // The first claim of a process may have won, and its second lost.
  auto loser = std::pair{x.name, x.actor};
  // Or another copy of it has won, though that one lost.
  auto claimed_once = earliest_[winner] == latest_[winner]
                      && earliest_[loser] == latest_[loser]
                      && processes_.at(x.actor).child.empty()
                      && processes_.at(x.winner.actor).child.empty();
  for (const auto& e : evictions_)
    if (e.what.name == x.name && e.what.actor == x.winner.actor
        && e.what.winner.actor == x.actor
        && (claimed_once || cfg_.conflicts == conflict_rule::last_wins))
      violate("two claimants of " + x.name + " lost to each other");
  evicted_.emplace(x.name, x.actor);
  evictions_.push_back({x, node});
  if (!processes_.at(x.actor).traps_exits)
    at(now_ + up_to(5ms), [this, actor = x.actor] { end(actor); });
}

/// Of a child that of its first copy.
crdt::stamp sim_registries::first_claim(const std::string& name,
                                        std::uint64_t actor) const {
  const auto& child = processes_.at(actor).child;
  auto result = earliest_.at({name, actor});
  for (const auto& [claim, when] : earliest_)
    if (claim.first == name
        && naming::are_copies(child, processes_.at(claim.second).child))
      result = std::min(result, when);
  return result;
}

void sim_registries::on_decide(std::size_t node, const naming::decide& x) {
  note(x.name, x.our_entry.actor);
  if (x.ours.owner != sites_[node].core->replica().id())
    violate("the function is asked by another member than the claimant's");
  at(now_ + up_to(20ms), [this, node, x, generation = sites_[node].generation] {
    auto& s = sites_[node];
    if (!s.core || s.generation != generation)
      return;
    s.core->decided(x, x.our_entry.actor < x.their_entry.actor, now_at(s));
    finish(node);
  });
}

/// Readers find what the map says: of the versions of visible owners the one
/// that the rule prefers.
void sim_registries::check_view(const site& x) {
  std::map<std::string, naming::name_entry> expected;
  x.core->replica().map().for_each([&](std::string_view key, auto versions) {
    if (!membership::is_kind(key, membership::record_kind::name))
      return;
    std::string name{membership::rest_of(key)};
    std::vector<std::pair<naming::claim_id, naming::name_entry>> claims;
    for (const auto& v : versions)
      if (x.core->roster().is_visible(v.id.who))
        claims.emplace_back(naming::claim_id{v.id.who, v.when},
                            *from_bytes<naming::name_entry>(v.value));
    if (cfg_.conflicts == conflict_rule::first_wins)
      std::ranges::reverse(claims);
    auto is_copy =
      [first = claims.empty() ? "" : claims[0].second.child](const auto& x) {
        return naming::are_copies(x.second.child, first);
      };
    if (cfg_.conflicts == conflict_rule::first_wins) // the last copy
      if (auto last =
            std::ranges::find_if(claims.rbegin(), claims.rend(), is_copy);
          last != claims.rend())
        std::swap(claims.front(), *last);
    for (const auto& [id, entry] : claims) {
      auto is_beaten = std::ranges::any_of(claims, [id = id](const auto& by) {
        return std::ranges::count(by.second.beaten, id) > 0;
      });
      if (!is_beaten)
        expected.emplace(name, entry);
    }
  });
  auto index = static_cast<std::size_t>(&x - sites_.data());
  auto seen = view(index);
  auto is_unsettled = [&](const auto& entry) {
    return x.core->is_unsettled(entry.first);
  };
  std::erase_if(expected, is_unsettled);
  std::erase_if(seen, is_unsettled);
  if (seen != expected)
    violate("the effects do not add up to the map");
}

void sim_registries::check_meta(const site& x) {
  std::map<std::string, std::string> expected;
  x.core->replica().map().for_each([&](std::string_view key, auto versions) {
    if (membership::is_kind(key, membership::record_kind::meta))
      expected.emplace(membership::rest_of(key), versions.front().value);
  });
  if (x.meta != expected)
    violate("the meta data shown are not those of the map");
}

/// Who is up stays listed, unless it withdrew or one has forgotten the other.
void sim_registries::check_removals(std::size_t node) {
  auto& x = sites_[node];
  if (cfg_.mode != member_mode::automatic)
    return;
  auto before = std::exchange(x.listed, {});
  for (std::size_t i = 0; i < sites_.size(); ++i)
    if (auto now = x.core->roster().find(member(i)))
      x.listed.emplace(i, now->replica);
  for (auto [i, replica] : before) {
    if (i == node || replica == replica_id{} || x.listed.contains(i))
      continue;
    auto withdrew = withdrawn_.contains(replica);
    removals_ += !withdrew;
    auto known = x.knows.find(i);
    const auto& s = sites_[i];
    auto is_forgotten = [](const site& by, replica_id who) {
      return by.core->replica().map().seen().is_forgotten(who);
    };
    if (known != x.knows.end() && known->second.replica == replica
        && known->second.state == node_state::up && s.core
        && s.replica == replica && !withdrew && !is_forgotten(x, replica)
        && !is_forgotten(s, x.replica))
      violate("a member that is there was removed");
  }
}

void sim_registries::check_claims(std::size_t node) {
  const auto& x = sites_[node];
  std::set<std::uint64_t> holders;
  std::size_t count = 0;
  for (const auto& [name, actor] : held_) {
    if (node_of(actor) != node)
      continue;
    ++count;
    holders.insert(actor);
    if (cfg_.keys == key_mode::duplicate)
      continue; // `found` counts them
    auto versions = x.core->replica().versions(key_of(name));
    auto own = std::ranges::find_if(
      versions, [&](const auto& v) { return v.id.who == x.replica; });
    if (own == versions.end())
      violate("a live claim is not in the map of its owner");
    else if ((*own).when != since_[{name, actor}])
      violate("a claim stamp changed");
  }
  if (x.core->local_names() != count)
    violate("the registry holds other names than its processes were told");
  if (x.watched != holders)
    violate("those watched are not those with names");
}

} // namespace horde::sim
