// SPDX-License-Identifier: MIT

#include "support/sim_registries.hpp"

#include <algorithm>

#include "horde/hash.hpp"

namespace horde::sim {

using namespace std::chrono_literals;
using membership::make_key;
using membership::record_kind;

namespace {

constexpr duration longest_settling = 20min;
constexpr duration keep_strangers = 2s;

std::string key_of(const std::string& name) {
  return make_key(record_kind::name, name);
}

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

member_id sim_registries::member(std::size_t node) const {
  return {"names", "n" + std::to_string(node)};
}

moment sim_registries::now_at(const site& x) const {
  return {now_, wall_time{now_.time_since_epoch() + x.wall_offset + 1000h}};
}

// -- processes ---------------------------------------------------------------

std::uint64_t sim_registries::spawn(std::size_t node, bool traps_exits) {
  processes_[++actors_] = {node, sites_[node].node.life, traps_exits, true};
  return actors_;
}

naming::register_result sim_registries::register_name(std::uint64_t actor,
                                                      const std::string& name,
                                                      std::string value) {
  auto node = node_of(actor);
  auto& x = sites_[node];
  auto before = lookup(node, name);
  auto result = x.core->register_name(actor, name, value, now_at(x));
  if (std::holds_alternative<naming::registered>(result)) {
    if (before != 0)
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
  }
  finish(node);
  if (std::holds_alternative<naming::registered>(result)
      && lookup(node, name) != actor)
    violate("a registered name is not visible at once");
  if (auto taken = std::get_if<naming::already_registered>(&result))
    if (before != 0 && taken->by.actor != before)
      violate("already registered, but by somebody else");
  return result;
}

void sim_registries::unregister(std::uint64_t actor, const std::string& name) {
  auto node = node_of(actor);
  sites_[node].core->unregister(actor, name);
  held_.erase({name, actor});
  finish(node);
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
  x.watched.clear();
  origins_[x.replica] = {node, x.node.life};
  naming::config cfg;
  cfg.roster = {member(node), x.node, cfg_.mode, {}, cfg_.forget_after};
  for (auto i : cfg_.listed)
    cfg.roster.list.push_back(member(i));
  cfg.sync = cfg_.sync;
  cfg.max_erased_a_step = cfg_.max_erased_a_step;
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

// -- what observers hear -----------------------------------------------------

void sim_registries::everybody_reconsiders(std::size_t subject) {
  for (std::size_t i = 0; i < sites_.size(); ++i)
    if (i != subject && !sites_[i].name.empty())
      reconsider(i, subject);
}

/// The failure detector: what `observer` will hear of `subject` if things stay
/// as they are now.
void sim_registries::reconsider(std::size_t observer, std::size_t subject) {
  ++news_[{observer, subject}];
  const auto& s = sites_[subject];
  if (s.core && !severed_.contains({subject, observer})) {
    hear(observer, subject, node_state::up, up_to(100ms));
    return;
  }
  auto after = up_to(200ms);
  hear(observer, subject, node_state::suspect, after);
  hear(observer, subject, node_state::down, after + up_to(1s));
  if (s.left) // if not from itself, then from others
    hear(observer, subject, node_state::left, after + 1s + up_to(1s));
}

void sim_registries::hear(std::size_t observer, std::size_t subject,
                          node_state what, duration after) {
  auto generation = news_[{observer, subject}];
  at(now_ + after, [=, this] {
    auto& o = sites_[observer];
    if (!o.core || news_[{observer, subject}] != generation)
      return;
    o.checked.reset();
    if (what == node_state::up)
      heard_up(o, subject);
    else
      heard_loss(o, subject, what);
    finish(observer);
    if (cfg_.mode == member_mode::automatic)
      drive_members(observer);
  });
}

void sim_registries::heard_up(site& o, std::size_t subject) {
  const auto& s = sites_[subject];
  auto now = now_at(o);
  auto known = o.knows.find(subject);
  if (known != o.knows.end()) {
    auto& k = known->second;
    if (k.replica != s.replica)
      o.core->peer_down(k.replica, k.node == s.node, now);
    if (k.node != s.node)
      o.core->node_changed(k.node, node_state::down, now);
  }
  o.knows[subject] = {s.node, s.replica, node_state::up};
  o.core->node_changed(s.node, node_state::up, now);
  o.core->peer_up(member(subject), s.node, s.replica, now);
}

void sim_registries::heard_loss(site& o, std::size_t subject, node_state what) {
  const auto& s = sites_[subject];
  auto known = o.knows.find(subject);
  if (known != o.knows.end() && known->second.state < what) {
    auto& k = known->second;
    if (k.state == node_state::up)
      o.core->peer_down(k.replica, false, now_at(o));
    auto is_older = k.node != s.node; // which is over, however its node ended
    k.state = what == node_state::left && is_older ? node_state::down : what;
    o.core->node_changed(k.node, k.state, now_at(o));
  }
  if (s.core || what == node_state::suspect)
    return;
  o.core->node_changed(s.node, what, now_at(o)); // the newest life, from others
  o.knows.insert_or_assign(subject, acquaintance{s.node, s.replica, what});
}

/// What the node listener does: all that are there, and all that were and did
/// not say goodbye.
void sim_registries::drive_members(std::size_t node) {
  auto& x = sites_[node];
  std::set<member_id> before;
  for (const auto& m : x.core->roster().members())
    before.insert(m.who);
  auto next = before;
  for (std::size_t i = 0; i < sites_.size(); ++i) {
    auto known = x.knows.find(i);
    auto seen =
      known != x.knows.end() && known->second.state <= node_state::suspect;
    if (seen)
      next.insert(member(i));
    else if (i != node && sites_[i].left && known != x.knows.end()
             && known->second.state == node_state::left)
      next.erase(member(i));
  }
  if (next == before)
    return;
  x.core->set_members({next.begin(), next.end()}, now_at(x));
  finish(node);
}

// -- steps -------------------------------------------------------------------

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
    } else if (auto e = std::get_if<naming::show_owner>(&effect)) {
      x.owners[e->owner] = *e;
    } else if (auto e = std::get_if<naming::evict>(&effect)) {
      on_evict(node, *e);
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
  auto winner = std::pair{x.name, x.winner.actor};
  if (!since_.contains(winner))
    violate("evicted for a winner that never claimed " + x.name);
  else if (latest_[winner] < since_[{x.name, x.actor}])
    violate("the earlier claim won " + x.name);
  for (const auto& e : evictions_)
    if (e.what.name == x.name && e.what.actor == x.winner.actor
        && e.what.winner.actor == x.actor)
      violate("two claimants of " + x.name + " lost to each other");
  evicted_.emplace(x.name, x.actor);
  evictions_.push_back({x, node});
  if (!processes_.at(x.actor).traps_exits)
    at(now_ + up_to(5ms), [this, actor = x.actor] { end(actor); });
}

/// Readers find what the map says: the latest version of a visible owner.
void sim_registries::check_view(const site& x) {
  std::map<std::string, naming::name_entry> expected;
  x.core->replica().map().for_each([&](std::string_view key, auto versions) {
    for (const auto& v : versions)
      if (membership::is_kind(key, record_kind::name)
          && x.core->roster().is_visible(v.id.who)) {
        std::string name{membership::rest_of(key)};
        expected.emplace(name, *from_bytes<naming::name_entry>(v.value));
      }
  });
  auto index = static_cast<std::size_t>(&x - sites_.data());
  if (view(index) != expected)
    violate("the effects do not add up to the map");
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
           ? i->second.entry.pid.actor
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

std::size_t sim_registries::entries_of_departed(std::size_t node) const {
  const auto& x = *sites_[node].core;
  std::size_t result = 0;
  x.replica().map().for_each([&](std::string_view key, auto versions) {
    if (!membership::is_kind(key, record_kind::name))
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
