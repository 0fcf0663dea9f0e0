// SPDX-License-Identifier: MIT

#include "support/sim_registries.hpp"

#include <algorithm>

#include "horde/hash.hpp"

namespace horde::sim {

using namespace std::chrono_literals;

namespace {

constexpr duration longest_settling = 20min;
constexpr duration keep_strangers = 2s;

} // namespace

sim_registries::sim_registries(std::uint64_t seed, registries_config cfg)
    : rng_(seed), cfg_(std::move(cfg)), network_(rng_()) {
  network_.set_faults(cfg_.network);
  if (cfg_.listed.empty())
    for (std::size_t i = 0; i < cfg_.nodes; ++i)
      cfg_.listed.push_back(i);
  sites_.resize(cfg_.nodes);
  for (std::size_t i = 0; i < cfg_.nodes; ++i) {
    sites_[i].name = "n" + std::to_string(i);
    boot(i);
  }
}

std::string sim_registries::key_of(const std::string& name) {
  return membership::make_key(membership::record_kind::name, name);
}

member_id sim_registries::member(std::size_t node) const {
  return {"names", "n" + std::to_string(node)};
}

moment sim_registries::now_at(const site& x) const {
  return {now_, wall_time{now_.time_since_epoch() + x.wall_offset + 1000h}};
}

// -- processes ---------------------------------------------------------------

std::uint64_t sim_registries::spawn(std::size_t node, bool traps_exits,
                                    std::string child) {
  processes_[++actors_] = {node, sites_[node].node.life, traps_exits, true,
                           std::move(child)};
  return actors_;
}

void sim_registries::mark(std::uint64_t actor, const std::string& child) {
  auto& p = processes_.at(actor);
  p.child = child;
  if (!p.running)
    return;
  sites_[p.node].core->mark(actor, child);
  finish(p.node);
}

naming::register_result sim_registries::register_name(std::uint64_t actor,
                                                      const std::string& name,
                                                      std::string value) {
  if (cfg_.keys == key_mode::duplicate)
    return register_entry(actor, name, value);
  auto node = node_of(actor);
  auto& x = sites_[node];
  auto before = lookup(node, name);
  const auto& child = processes_.at(actor).child;
  auto is_copy =
    before != 0 && naming::are_copies(child, view(node).at(name).child);
  auto result = x.core->register_name(actor, name, value, now_at(x), child);
  if (std::holds_alternative<naming::registered>(result)) {
    if (before != 0 && !is_copy)
      violate("a name was given away that readers saw as taken");
    auto versions = x.core->replica().versions(key_of(name));
    auto own = std::ranges::find_if(
      versions, [&](const auto& v) { return v.id.who == x.replica; });
    if (own == versions.end())
      return violate("a registered name is not in the map"), result;
    held_.emplace(name, actor);
    since_[{name, actor}] = (*own).when;
    auto& latest = latest_[{name, actor}];
    latest = std::max(latest, (*own).when);
    auto& earliest =
      earliest_.emplace(std::pair{name, actor}, latest).first->second;
    earliest = std::min(earliest, (*own).when);
  }
  finish(node);
  if (std::holds_alternative<naming::registered>(result)
      && lookup(node, name) != actor)
    violate("a registered name is not visible at once");
  if (auto taken = std::get_if<naming::already_registered>(&result))
    if (before != 0 && taken->by.actor != before
        && !(is_copy && held_.contains({name, taken->by.actor})))
      violate("already registered, but by somebody else");
  return result;
}

naming::register_result
sim_registries::register_entry(std::uint64_t actor, const std::string& name,
                               const std::string& value) {
  auto node = node_of(actor);
  auto& x = sites_[node];
  auto result = x.core->register_name(actor, name, value, now_at(x));
  auto is_ok = std::holds_alternative<naming::registered>(result);
  if (is_ok != x.core->roster().is_member())
    violate("duplicate entries are given to members, always");
  if (is_ok)
    held_.emplace(name, actor);
  finish(node);
  if (is_ok && found(node).count({name, actor}) != held_.count({name, actor}))
    violate("a registered entry is not visible at once");
  return result;
}

void sim_registries::unregister(std::uint64_t actor, const std::string& name) {
  auto node = node_of(actor);
  sites_[node].core->unregister(actor, name);
  held_.erase({name, actor});
  finish(node);
}

bool sim_registries::update(std::uint64_t actor, const std::string& name,
                            std::string value) {
  auto node = node_of(actor);
  auto& core = *sites_[node].core;
  auto before = core.held(actor, name);
  if (before.size() != held_.count({name, actor}))
    violate("a process is not told what it holds");
  if (before.empty())
    return false;
  auto last = before.front().revision;
  for (const auto& one : before)
    last = std::max(last, one.revision);
  auto late = core.update(actor, name, last + 1, "late");
  auto done = core.update(actor, name, before.front().revision, value);
  if (late != outcome<bool>{false} || done != outcome<bool>{true})
    violate("an update of another revision was taken, or of this one not");
  finish(node);
  if (lookup(node, name) == actor && view(node).at(name).value != value)
    violate("an update is not visible at once");
  return true;
}

std::optional<failure> sim_registries::put_meta(std::size_t node,
                                                const std::string& key,
                                                std::string value) {
  auto& x = sites_[node];
  auto result = x.core->put_meta(key, value, now_at(x));
  finish(node);
  if (!result && x.meta[key] != value)
    violate("meta data are not visible at once");
  return result;
}

std::optional<failure> sim_registries::delete_meta(std::size_t node,
                                                   const std::string& key) {
  auto& x = sites_[node];
  auto result = x.core->delete_meta(key);
  finish(node);
  if (!result && x.meta.contains(key))
    violate("deleted meta data are still there");
  return result;
}

void sim_registries::end(std::uint64_t actor) {
  auto& p = processes_.at(actor);
  if (!std::exchange(p.running, false))
    return;
  std::erase_if(held_, [&](const auto& x) { return x.second == actor; });
  auto& x = sites_[p.node];
  if (!x.watched.contains(actor))
    return;
  x.core->process_ended(actor);
  finish(p.node);
}

// -- members and nodes -------------------------------------------------------

std::optional<failure>
sim_registries::set_members(std::size_t node,
                            const std::vector<std::size_t>& list) {
  members xs;
  for (auto i : list)
    xs.push_back(member(i));
  auto& x = sites_[node];
  auto result = x.core->set_members(xs, now_at(x));
  finish(node);
  return result;
}

void sim_registries::boot(std::size_t node) {
  auto& x = sites_[node];
  x.node = {x.name, {++lives_, rng_()}};
  x.left = false;
  x.knows.clear();
  start_member(node);
  for (std::size_t i = 0; i < sites_.size(); ++i)
    if (i != node && !sites_[i].name.empty())
      reconsider(node, i);
}

void sim_registries::start_member(std::size_t node) {
  auto& x = sites_[node];
  x.replica = make_replica_id(era_at(now_at(x).wall), rng_());
  ++x.generation;
  x.entries.clear();
  x.owners.clear();
  x.meta.clear();
  x.watched.clear();
  origins_[x.replica] = {node, x.node.life};
  naming::config cfg;
  cfg.roster = {member(node), x.node, cfg_.mode, {}, cfg_.forget_after};
  for (auto i : cfg_.listed)
    cfg.roster.list.push_back(member(i));
  cfg.sync = cfg_.sync;
  cfg.max_erased_a_step = cfg_.max_erased_a_step;
  cfg.max_settled_a_step = cfg_.max_settled_a_step;
  cfg.keys = cfg_.keys;
  cfg.conflicts = cfg_.conflicts;
  cfg.keep_strangers = keep_strangers;
  x.core = std::make_unique<naming::registry>(cfg, x.replica, rng_());
  for (const auto& [from, to] : severed_) {
    network_.cut(sites_[from].replica, sites_[to].replica);
  }
  x.core->start(now_at(x));
  finish(node);
  everybody_reconsiders(node);
}

void sim_registries::renew(std::size_t node, replica_id renewed) {
  auto& x = sites_[node];
  x.replica = renewed;
  origins_[renewed] = {node, x.node.life};
  for (const auto& [from, to] : severed_)
    network_.cut(sites_[from].replica, sites_[to].replica);
  for (std::size_t i = 0; i < sites_.size(); ++i)
    if (i != node && !sites_[i].name.empty())
      reconsider(node, i);
  everybody_reconsiders(node);
}

void sim_registries::lose_names(std::size_t node) {
  std::erase_if(held_,
                [&](const auto& x) { return node_of(x.second) == node; });
}

void sim_registries::end_processes(std::size_t node) {
  lose_names(node);
  for (auto& [actor, p] : processes_)
    if (p.node == node)
      p.running = false;
}

void sim_registries::stop(std::size_t node) {
  auto& x = sites_[node];
  x.core.reset();
  x.wake_at = never;
  end_processes(node);
  everybody_reconsiders(node);
}

void sim_registries::crash(std::size_t node) {
  stop(node);
}

void sim_registries::restart(std::size_t node) {
  boot(node);
}

void sim_registries::leave(std::size_t node) {
  auto& x = sites_[node];
  lose_names(node);
  withdrawn_.insert(x.replica);
  x.core->leave(now_at(x));
  finish(node);
  x.left = true;
  stop(node);
}

void sim_registries::restart_member(std::size_t node) {
  auto& x = sites_[node];
  lose_names(node);
  withdrawn_.insert(x.replica);
  x.core->leave(now_at(x));
  finish(node);
  auto known = std::exchange(x.knows, {});
  start_member(node);
  for (auto& [i, k] : known)
    reconsider(node, i);
}

void sim_registries::sever(std::size_t from, std::size_t to) {
  if (from == to || !severed_.emplace(from, to).second)
    return;
  network_.cut(sites_[from].replica, sites_[to].replica);
  reconsider(to, from);
}

void sim_registries::heal(std::size_t from, std::size_t to) {
  if (severed_.erase({from, to}) == 0)
    return;
  network_.heal(sites_[from].replica, sites_[to].replica);
  reconsider(to, from);
}

void sim_registries::cut(std::size_t a, std::size_t b) {
  sever(a, b);
  sever(b, a);
}

void sim_registries::heal_all() {
  for (auto [from, to] : std::set<node_pair>{severed_})
    heal(from, to);
}

void sim_registries::doubt(std::size_t observer, std::size_t subject) {
  if (observer == subject)
    return;
  ++news_[{observer, subject}];
  hear(observer, subject, node_state::suspect, 1ms);
  hear(observer, subject, node_state::down, up_to(100ms) + 2ms);
  at(now_ + 110ms + up_to(1s), [=, this] { reconsider(observer, subject); });
}

void sim_registries::set_clock(std::size_t node, duration offset) {
  sites_[node].wall_offset = offset;
}

// -- time --------------------------------------------------------------------

void sim_registries::run_for(duration x) {
  advance_to(now_ + x);
}

void sim_registries::advance_to(instant until) {
  while (violation_.empty()) {
    auto due = network_.next_at();
    if (!events_.empty())
      due = std::min(due, events_.begin()->first);
    for (const auto& x : sites_)
      due = std::min(due, x.wake_at);
    if (due > until)
      break;
    now_ = std::max(now_, due);
    if (!events_.empty() && events_.begin()->first <= now_) {
      auto f = std::move(events_.begin()->second);
      events_.erase(events_.begin());
      f();
    } else if (network_.next_at() <= now_) {
      auto p = network_.receive();
      for (std::size_t i = 0; i < sites_.size(); ++i)
        if (p.bytes && sites_[i].core && sites_[i].replica == p.to) {
          sites_[i].core->receive(p.from, *p.bytes, now_at(sites_[i]));
          finish(i);
        }
    } else {
      for (std::size_t i = 0; i < sites_.size(); ++i)
        if (sites_[i].wake_at <= now_) {
          sites_[i].core->tick(now_at(sites_[i]));
          finish(i);
        }
    }
  }
  now_ = std::max(now_, until);
}

bool sim_registries::settle() {
  // Twice: what died in the middle of a sentence is forgotten later.
  for (auto wait : {keep_strangers + 1ms, duration{}}) {
    auto end = now_ + longest_settling;
    while (violation_.empty() && !is_quiet() && now_ < end)
      run_for(100ms);
    run_for(wait);
  }
  return violation_.empty() && is_quiet();
}

bool sim_registries::is_quiet() const {
  const naming::registry* first = nullptr;
  for (const auto& x : sites_) {
    if (!x.core)
      continue;
    const auto& map = x.core->replica().map();
    first = first ? first : x.core.get();
    if (!x.core->replica().idle() || x.wake_at <= now_
        || map.digest() != first->replica().map().digest()
        || map.seen() != first->replica().map().seen())
      return false;
  }
  return network_.empty() && events_.empty();
}

// -- reads -------------------------------------------------------------------

std::uint64_t sim_registries::lookup(std::size_t node,
                                     const std::string& name) const {
  const auto& x = sites_[node];
  auto i = x.entries.find(name);
  if (i == x.entries.end())
    return 0;
  auto owner = x.owners.find(i->second.owner);
  return owner != x.owners.end() && owner->second.visible
           ? i->second.entry.actor
           : 0;
}

std::map<std::string, naming::name_entry>
sim_registries::view(std::size_t node) const {
  std::map<std::string, naming::name_entry> result;
  for (const auto& [name, x] : sites_[node].entries)
    if (lookup(node, name) != 0)
      result.emplace(name, x.entry);
  return result;
}

std::multiset<std::pair<std::string, std::uint64_t>>
sim_registries::found(std::size_t node) const {
  auto suffix = cfg_.keys == key_mode::duplicate ? naming::duplicate_bytes : 0U;
  std::multiset<std::pair<std::string, std::uint64_t>> result;
  for (const auto& [id, entry] : view(node))
    result.emplace(id.substr(0, id.size() - suffix), entry.actor);
  return result;
}

std::size_t sim_registries::entries_of_departed(std::size_t node) const {
  const auto& x = *sites_[node].core;
  std::size_t result = 0;
  x.replica().map().for_each([&](std::string_view key, auto versions) {
    if (!membership::is_kind(key, membership::record_kind::name))
      return;
    for (const auto& v : versions) {
      auto [of, life] = origins_.at(v.id.who);
      const auto& s = sites_[of];
      auto is_listed = x.roster().find(member(of)) != nullptr;
      if (s.left || life != s.node.life
          || (s.core ? v.id.who != s.replica : !is_listed))
        ++result;
    }
  });
  return result;
}

void sim_registries::violate(const std::string& what) {
  if (violation_.empty())
    violation_ = what + " (at "
                 + std::to_string(now_.time_since_epoch() / 1ms - 3'600'000)
                 + " ms)";
}

void sim_registries::note(std::string_view what, std::uint64_t number) {
  trace_ = hash64(what, trace_ ^ number);
}

} // namespace horde::sim
