// SPDX-License-Identifier: MIT

#include "sim/replica_sim.hpp"

#include <algorithm>
#include <utility>

#include "horde/hash.hpp"

namespace horde::sim {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t site_count = 5;
constexpr int acts = 150;
constexpr duration longest_pause = 15ms;
constexpr duration longest_healing = 10min;
constexpr int acts_between_checks = 10;

std::string key_of(std::uint64_t i) {
  return "key " + std::to_string(i);
}

std::map<std::string, std::vector<crdt::version>>
shown_by(const sync::replica& x) {
  std::map<std::string, std::vector<crdt::version>> result;
  x.map().for_each([&](std::string_view key, auto versions) {
    result[std::string{key}].assign(versions.begin(), versions.end());
  });
  return result;
}

bool is_live(const sync::replica& x, crdt::dot d) {
  auto found = false;
  x.map().for_each([&](std::string_view, auto versions) {
    found = found
            || std::ranges::find(versions, d, &crdt::version_view::id)
                 != versions.end();
  });
  return found;
}

} // namespace

replica_sim::replica_sim(std::uint64_t seed) : rng_(seed), network_(seed + 1) {
  auto cfg = random_config();
  keys_ = below(rng_, 2) == 0 ? 6 : 40;
  for (std::size_t i = 0; i < site_count; ++i) {
    sites_.emplace_back();
    sites_.back().machine =
      std::make_unique<sync::replica>(replica_id{i + 1}, cfg, rng_());
    sites_.back().wall_offset = std::chrono::milliseconds{below(rng_, 2000)};
  }
  network_.set_faults({below(rng_, 2) == 0 ? 0u : 20u,
                       below(rng_, 2) == 0 ? 0u : 20u, 100us,
                       below(rng_, 2) == 0 ? 5ms : 150ms});
}

sync::config replica_sim::random_config() {
  auto pick = [this](std::initializer_list<std::size_t> xs) {
    return std::data(xs)[below(rng_, xs.size())];
  };
  sync::config result;
  result.max_group_bytes = pick({1, 150, 256 * 1024});
  result.max_group_keys = pick({1, 3, 4096});
  result.max_asked_nodes = pick({1, 3, 8192});
  result.max_log_records = pick({1, 8, 65536});
  result.retransmit_after = 50ms;
  result.retransmit_at_most = 500ms;
  result.reconcile_every = 2s;
  result.digest_key = 42;
  return result;
}

moment replica_sim::now_at(const site& x) const {
  auto since = now_.time_since_epoch() + x.wall_offset + 1000h;
  return {now_, wall_time{since}};
}

// -- what happens ------------------------------------------------------------

std::string replica_sim::run() {
  for (auto& x : sites_)
    for (auto& y : sites_)
      if (below(rng_, 10) > 0)
        x.machine->neighbour_up(y.machine->id(), now_at(x));
  for (auto& x : sites_)
    finish(x);
  for (int i = 0; i < acts && problem_.empty(); ++i) {
    advance_to(now_
               + duration{below(
                 rng_, static_cast<std::uint64_t>(longest_pause.count()))});
    random_act();
    if (i % acts_between_checks == 0)
      for (const auto& x : sites_)
        check_rule(x);
  }
  heal();
  auto end = now_ + longest_healing;
  while (problem_.empty() && !is_quiet() && now_ < end)
    advance_to(now_ + 100ms);
  if (problem_.empty())
    check_end();
  return problem_;
}

void replica_sim::random_act() {
  auto dice = below(rng_, 100);
  if (dice < 80) {
    write_something(random_site());
  } else if (dice < 90) {
    change_a_link();
  } else if (dice < 98) {
    change_the_network();
  } else {
    auto spread = static_cast<std::int64_t>(below(rng_, 20'000)) - 10'000;
    random_site().wall_offset += std::chrono::milliseconds{spread};
  }
}

void replica_sim::write_something(site& x) {
  auto writes = below(rng_, 4) == 0 ? below(rng_, 5) + 1 : 1;
  for (std::uint64_t i = 0; i < writes; ++i) {
    auto key = key_of(below(rng_, keys_));
    local_write w;
    std::vector<crdt::dot> keep;
    for (const auto& v : x.machine->versions(key))
      if (below(rng_, 4) == 0)
        keep.push_back(v.id);
      else
        w.removed.push_back(v.id);
    if (below(rng_, 3) == 0) {
      w.sequence = x.machine->erase(key, w.removed);
    } else {
      auto value = std::string(below(rng_, 40), 'x');
      auto when = x.machine->stamp_at(now_at(x));
      w.sequence = x.machine->put(key, value, when, keep);
      w.made.push_back(
        {x.machine->id(), x.machine->map().seen().latest(x.machine->id())});
      auto shown = x.machine->versions(key);
      if (std::ranges::find(shown, w.made[0], &crdt::version_view::id)
          == shown.end())
        fail("a local write is not visible");
    }
    made_.insert(w.made.begin(), w.made.end());
    for (auto d : w.removed)
      removed_[d].push_back(w.made.empty() ? std::nullopt
                                           : std::optional{w.made[0]});
    x.writes.push_back(std::move(w));
  }
  finish(x);
}

void replica_sim::change_a_link() {
  auto& x = random_site();
  auto other = random_site().machine->id();
  auto xs = x.machine->neighbours();
  if (std::ranges::find(xs, other) == xs.end())
    x.machine->neighbour_up(other, now_at(x));
  else
    x.machine->neighbour_down(other, now_at(x));
  finish(x);
}

void replica_sim::change_the_network() {
  auto a = random_site().machine->id();
  auto b = random_site().machine->id();
  switch (below(rng_, 4)) {
  case 0: network_.cut(a, b); break;
  case 1:
    network_.cut(a, b);
    network_.cut(b, a);
    break;
  default:
    network_.heal(a, b);
    network_.heal(b, a);
    break;
  }
}

void replica_sim::advance_to(instant until) {
  while (problem_.empty()) {
    auto due = network_.next_at();
    for (const auto& x : sites_)
      due = std::min(due, x.wake_at);
    if (due > until)
      break;
    now_ = std::max(now_, due);
    if (network_.next_at() <= due) {
      auto p = network_.receive();
      auto& x = site_of(p.to);
      if (p.bytes)
        x.machine->receive(p.from, *p.bytes, now_at(x));
      finish(x);
      continue;
    }
    for (auto& x : sites_)
      if (x.wake_at <= due) {
        x.machine->tick(now_at(x));
        finish(x);
      }
  }
  now_ = until;
}

void replica_sim::heal() {
  network_.heal_all();
  network_.set_faults({});
  for (auto& x : sites_) {
    for (auto& y : sites_)
      x.machine->neighbour_up(y.machine->id(), now_at(x));
    finish(x);
  }
}

bool replica_sim::is_quiet() const {
  const auto& first = sites_.front().machine->map();
  return network_.empty() && std::ranges::all_of(sites_, [&](const site& x) {
           return x.machine->idle()
                  && x.machine->map().digest() == first.digest()
                  && x.machine->map().seen() == first.seen();
         });
}

void replica_sim::finish(site& x) {
  auto step = x.machine->finish(now_at(x));
  x.wake_at = x.machine->wake_at();
  check_changed(x, step.changed);
  check_acks(x);
  for (auto& s : step.sends)
    network_.send({x.machine->id(), s.to, s.bytes}, now_);
}

std::uint64_t replica_sim::trace() const {
  auto result = network_.trace();
  for (const auto& x : sites_)
    result = hash64({}, result ^ x.machine->map().digest().low);
  return result;
}

std::uint64_t replica_sim::reconciliations() const {
  std::uint64_t result = 0;
  for (const auto& x : sites_)
    result += x.machine->stats().reconciliations;
  return result;
}

// -- what must be true -------------------------------------------------------

void replica_sim::fail(const std::string& what) {
  if (problem_.empty())
    problem_ = what;
}

void replica_sim::check_changed(site& x,
                                const std::vector<std::string>& changed) {
  std::set<std::string> told{changed.begin(), changed.end()};
  if (told.size() != changed.size())
    fail("a changed key is told twice");
  auto digest = x.machine->map().digest();
  if (std::exchange(x.digest_before, digest) == digest)
    return;
  auto after = shown_by(*x.machine);
  for (std::uint64_t i = 0; i < keys_; ++i) {
    auto key = key_of(i);
    if (x.before[key] != after[key] && !told.contains(key))
      fail("a changed key is not told");
  }
  x.before = std::move(after);
}

void replica_sim::check_acks(site& x) {
  std::erase_if(x.writes, [](const local_write& w) {
    return w.acknowledged == site_count - 1; // by everybody
  });
  for (auto& w : x.writes) {
    auto told = x.machine->acknowledged_by(w.sequence);
    if (told <= w.acknowledged)
      continue; // what others have applied they never lose
    w.acknowledged = told;
    auto applied = std::ranges::count_if(sites_, [&](const site& y) {
      return &y != &x && has_applied(y, w.made, w.removed);
    });
    if (static_cast<std::size_t>(applied) < told)
      fail("a write was acknowledged before it was applied");
  }
}

bool replica_sim::has_applied(const site& x, const std::vector<crdt::dot>& made,
                              const std::vector<crdt::dot>& removed) const {
  const auto& seen = x.machine->map().seen();
  return std::ranges::all_of(made,
                             [&](crdt::dot d) { return seen.contains(d); })
         && std::ranges::all_of(removed, [&](crdt::dot d) {
              return seen.contains(d) && !is_live(*x.machine, d);
            });
}

bool replica_sim::is_replaced(crdt::dot d,
                              const crdt::causal_context& seen) const {
  auto i = removed_.find(d);
  return i != removed_.end()
         && std::ranges::any_of(i->second, [&](const auto& by) {
              return !by || seen.contains(*by) || is_replaced(*by, seen);
            });
}

void replica_sim::check_rule(const site& x) {
  std::set<crdt::dot> live;
  x.machine->map().for_each([&](std::string_view, auto versions) {
    for (const auto& v : versions)
      live.insert(v.id);
  });
  const auto& seen = x.machine->map().seen();
  for (auto d : made_) {
    if (!seen.contains(d) || live.contains(d))
      continue;
    if (!removed_.contains(d))
      return fail("a context claims " + to_string(d)
                  + ", which nobody removed, and does not have it");
    if (!is_replaced(d, seen))
      fail(to_string(d) + " left before what replaced it arrived");
  }
}

void replica_sim::check_end() {
  if (!is_quiet())
    fail("the replicas did not become equal");
  std::set<crdt::dot> expected;
  for (auto d : made_)
    if (!removed_.contains(d))
      expected.insert(d);
  auto first = shown_by(*sites_.front().machine);
  std::set<crdt::dot> live;
  for (const auto& [key, versions] : first)
    for (const auto& v : versions)
      live.insert(v.id);
  if (live != expected)
    fail("what is there is not what was written and not removed");
  for (const auto& x : sites_)
    if (shown_by(*x.machine) != first)
      fail("equal digests, different maps");
}

} // namespace horde::sim
