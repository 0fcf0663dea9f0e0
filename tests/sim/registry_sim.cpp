// SPDX-License-Identifier: MIT

#include "sim/registry_sim.hpp"

#include <algorithm>

namespace horde::sim {

using namespace std::chrono_literals;

namespace {

constexpr int acts = 60;

bool is_ok(const naming::register_result& x) {
  return std::holds_alternative<naming::registered>(x);
}

} // namespace

registry_sim::registry_sim(std::uint64_t seed)
    : registry_sim(seed, random_engine{seed}) {}

registry_sim::registry_sim(std::uint64_t seed, random_engine rng)
    : rng_(rng), cfg_(random_config(rng_, seed)), registries_(seed + 1, cfg_) {
  for (std::size_t i = 0; i < registries_.size(); ++i)
    registries_.set_clock(i, std::chrono::seconds{below(rng_, 7200)} - 1h);
}

registries_config registry_sim::random_config(random_engine& rng,
                                              std::uint64_t seed) {
  auto pick = [&](std::initializer_list<std::size_t> xs) {
    return std::data(xs)[below(rng, xs.size())];
  };
  registries_config result;
  result.nodes = 2 + below(rng, 5);
  result.mode = static_cast<member_mode>(below(rng, 3));
  result.sync.max_group_keys = pick({1, 3, 4096});
  result.sync.max_asked_nodes = pick({1, 3, 8192});
  result.sync.max_log_records = pick({1, 8, 65536});
  result.sync.max_relayed_keys = result.sync.max_log_records;
  result.sync.retransmit_after = 50ms;
  result.sync.retransmit_at_most = 500ms;
  result.sync.reconcile_every = 2s;
  result.network = {static_cast<unsigned>(pick({0, 20})),
                    static_cast<unsigned>(pick({0, 20})), 100us,
                    std::chrono::milliseconds{pick({5, 150})}};
  result.max_erased_a_step = pick({1, 2, 1000});
  result.max_settled_a_step = seed % 2 == 0 ? 1 : 256;
  result.keys = seed % 7 == 3 ? key_mode::duplicate : key_mode::unique;
  result.conflicts = static_cast<conflict_rule>(seed % 5 % 3);
  if (seed % 3 == 0)
    result.forget_after = seed % 2 == 0 ? 6s : 15s;
  return result;
}

// -- what happens ------------------------------------------------------------

std::string registry_sim::run() {
  if (below(rng_, 4) > 0) // else everything begins while they meet
    registries_.run_for(1s);
  for (int i = 0; i < acts && problem_.empty(); ++i) {
    auto pause = below(rng_, 10) == 0 ? 2s : 30ms;
    registries_.run_for(duration{
      below(rng_, static_cast<std::uint64_t>(duration{pause}.count()))});
    if (is_forgetful() && below(rng_, 12) == 0)
      part_for_long();
    else
      random_act();
    fail(registries_.violation());
  }
  heal();
  settle();
  if (is_forgetful()) {
    // Until all that departed are noticed, forgotten, and that is known.
    registries_.run_for(5s + 4 * cfg_.forget_after);
    settle();
  }
  if (problem_.empty())
    check_end();
  return problem_;
}

void registry_sim::settle() {
  if (problem_.empty() && !registries_.settle())
    fail(registries_.violation().empty() ? "the registries did not become equal"
                                         : registries_.violation());
}

void registry_sim::random_act() {
  auto dice = below(rng_, 100);
  if (dice < 40)
    register_something();
  else if (dice < 50)
    register_at_once();
  else if (dice < 56)
    unregister_something();
  else if (dice < 60)
    write_something();
  else if (dice < 68)
    end_something();
  else if (dice < 73)
    change_the_members();
  else if (dice < 90)
    change_the_network();
  else if (dice < 98)
    change_a_node();
  else
    registries_.set_clock(random_node(),
                          std::chrono::seconds{below(rng_, 7200)} - 1h);
}

std::uint64_t registry_sim::random_process() {
  auto node = random_node();
  if (!registries_.is_alive(node))
    return 0;
  std::erase_if(processes_,
                [this](auto x) { return !registries_.is_running(x); });
  std::vector<std::uint64_t> here;
  for (auto x : processes_)
    if (registries_.node_of(x) == node)
      here.push_back(x);
  if (!here.empty() && below(rng_, 3) > 0)
    return here[below(rng_, here.size())];
  return processes_.emplace_back(registries_.spawn(node, below(rng_, 2) == 0));
}

void registry_sim::register_something() {
  auto who = random_process();
  auto name = random_name();
  // A claim is told apart by name and process: no second one after a conflict.
  if (who == 0 || registries_.was_evicted(who, name))
    return;
  auto had_it = registries_.held().contains({name, who});
  auto ok = is_ok(registries_.register_name(who, name, random_name()));
  registered_ += ok ? 1 : 0;
  if (ok && had_it && cfg_.keys == key_mode::unique)
    fail("a process registered a name that it holds");
}

void registry_sim::register_at_once() {
  auto node = random_node();
  if (!registries_.is_alive(node))
    return;
  auto name = random_name();
  auto is_free = registries_.lookup(node, name) == 0
                 && registries_.on(node).roster().is_member();
  std::size_t winners = 0;
  auto count = 2 + below(rng_, 4);
  for (auto n = count; n > 0; --n) {
    auto who = processes_.emplace_back(registries_.spawn(node));
    winners += is_ok(registries_.register_name(who, name)) ? 1 : 0;
  }
  registered_ += winners;
  auto most = cfg_.keys == key_mode::unique ? 1U : count;
  if (winners != (is_free ? most : 0U))
    fail("of several local claims " + std::to_string(winners) + " won");
}

void registry_sim::unregister_something() {
  const auto& held = registries_.held();
  if (held.empty() || below(rng_, 4) == 0) {
    auto who = random_process(); // most likely not its own
    if (who != 0)
      registries_.unregister(who, random_name());
    return;
  }
  auto i = std::next(held.begin(),
                     static_cast<std::ptrdiff_t>(below(rng_, held.size())));
  auto [name, who] = *i;
  registries_.unregister(who, name);
}

/// A value, or meta data.
void registry_sim::write_something() {
  auto value = std::to_string(rng_());
  auto node = random_node();
  if (below(rng_, 2) == 0) {
    if (auto who = random_process())
      registries_.update(who, random_name(), value);
  } else if (registries_.is_alive(node)) {
    if (below(rng_, 3) == 0)
      registries_.delete_meta(node, random_name());
    else
      registries_.put_meta(node, random_name(), value);
  }
}

void registry_sim::end_something() {
  auto who = random_process();
  if (who != 0)
    registries_.end(who);
}

void registry_sim::change_the_members() {
  auto node = random_node();
  if (cfg_.mode != member_mode::dynamic || !registries_.is_alive(node))
    return;
  std::vector<std::size_t> list;
  for (std::size_t i = 0; i < registries_.size(); ++i)
    if (below(rng_, 4) > 0)
      list.push_back(i);
  registries_.set_members(node, list);
}

void registry_sim::change_the_network() {
  auto a = random_node();
  auto b = random_node();
  switch (below(rng_, 6)) {
  case 0: registries_.sever(a, b); break;
  case 1: registries_.cut(a, b); break;
  case 2: registries_.doubt(a, b); break;
  case 3:
    registries_.heal(a, b);
    registries_.heal(b, a);
    break;
  case 4: // in two halves
    for (std::size_t i = 0; i < registries_.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (i % 2 != j % 2)
          registries_.cut(i, j);
    break;
  default: registries_.heal_all(); break;
  }
}

/// In two sides that take each other for dead, in dynamic mode for departed.
/// Meanwhile both go on, and others depart.
void registry_sim::part_for_long() {
  std::vector<std::size_t> sides[2];
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < registries_.size(); ++i) {
    sides[below(rng_, 2)].push_back(i);
    all.push_back(i);
  }
  for (auto i : sides[0])
    for (auto j : sides[1])
      registries_.cut(i, j);
  registries_.run_for(2s); // now they are down to each other
  for (const auto& side : sides)
    set_members(side, side);
  for (auto n = below(rng_, 8); n > 0; --n) {
    registries_.run_for(cfg_.forget_after / 3);
    // Some are out of touch just long enough to be removed and not forgotten.
    if (below(rng_, 8) == 0)
      break;
    if (below(rng_, 3) == 0)
      change_a_node();
    else
      register_or_unregister();
  }
  registries_.run_for(cfg_.forget_after);
  for (const auto& side : sides)
    if (below(rng_, 3) > 0)
      set_members(side, all);
  registries_.heal_all();
}

void registry_sim::set_members(const std::vector<std::size_t>& on,
                               const std::vector<std::size_t>& list) {
  if (cfg_.mode == member_mode::dynamic)
    for (auto i : on)
      if (registries_.is_alive(i)) {
        registries_.set_members(i, list);
        return;
      }
}

void registry_sim::register_or_unregister() {
  if (below(rng_, 3) > 0)
    register_something();
  else if (below(rng_, 2) == 0)
    unregister_something();
  else
    end_something();
}

void registry_sim::change_a_node() {
  auto node = random_node();
  if (!registries_.is_alive(node)) {
    registries_.restart(node);
    return;
  }
  switch (below(rng_, 6)) {
  case 0: registries_.leave(node); break;
  case 1: registries_.restart_member(node); break;
  case 2: registries_.crash(node); break;
  case 3:
    registries_.crash(node);
    registries_.restart(node);
    break;
  default: break;
  }
}

void registry_sim::heal() {
  registries_.set_faults({});
  registries_.heal_all();
  for (std::size_t i = 0; i < registries_.size(); ++i)
    if (!registries_.is_alive(i) && below(rng_, 2) == 0)
      registries_.restart(i);
}

// -- what must be true -------------------------------------------------------

std::uint64_t registry_sim::renewals() const {
  std::uint64_t result = 0;
  for (std::size_t i = 0; i < registries_.size(); ++i)
    if (registries_.is_alive(i))
      result += registries_.on(i).replica().stats().renewals;
  return result;
}

void registry_sim::fail(const std::string& what) {
  if (problem_.empty())
    problem_ = what;
}

void registry_sim::check_end() {
  const sim_registries& all = registries_;
  std::optional<std::size_t> first;
  auto has_janitor = false;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!all.is_alive(i))
      continue;
    first = first ? first : i;
    has_janitor |= all.on(i).roster().is_janitor();
    check_names(i);
    if (all.view(i) != all.view(*first))
      fail("the views differ");
    if (all.meta(i) != all.meta(*first))
      fail("the meta data differ");
    if (cfg_.mode == member_mode::automatic && !all.on(i).roster().is_member())
      fail("a live node is no member in automatic mode");
    check_members(i);
  }
  for (std::size_t i = 0; i < all.size() && has_janitor; ++i) {
    if (!all.is_alive(i))
      continue;
    if (all.entries_of_departed(i) > 0)
      fail("entries of departed owners remain");
    // Of each node one that is there or may return.
    auto known = all.on(i).replica().stats().known_replicas;
    if (is_forgetful() && known > all.size())
      fail(std::to_string(known) + " replicas are not forgotten");
  }
}

/// In automatic mode those that are there, and those that may return.
void registry_sim::check_members(std::size_t node) {
  if (cfg_.mode != member_mode::automatic)
    return;
  const sim_registries& all = registries_;
  std::set<member_id> listed;
  for (const auto& x : all.on(node).roster().members())
    listed.insert(x.who);
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all.is_alive(i) && !listed.contains(all.member(i)))
      fail("a live member is not in the list of another");
    else if (is_forgetful() && !all.is_alive(i)
             && listed.contains(all.member(i)))
      fail("a member that is down for long is not removed");
}

/// Exactly those that were told so have a name.
void registry_sim::check_names(std::size_t node) {
  auto found = registries_.found(node);
  if (found == registries_.held())
    return;
  for (const auto& x : registries_.held())
    if (!found.contains(x))
      fail("a holder of " + x.first + " is not found");
  for (const auto& x : found)
    if (!registries_.held().contains(x))
      fail("a name is shown that nobody has: " + x.first);
  fail("an entry is shown more or less often than it was registered");
}

} // namespace horde::sim
