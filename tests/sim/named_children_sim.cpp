// SPDX-License-Identifier: MIT

#include "sim/named_children_sim.hpp"

#include <algorithm>

#include "horde/placement/strategy_kind.hpp"

namespace horde::sim {

using namespace std::chrono_literals;

namespace {

constexpr duration beat = 5ms; ///< of both simulations in turn

member_mode mode_of(std::uint64_t seed) {
  return seed % 2 == 0 ? member_mode::dynamic : member_mode::automatic;
}

sim_config members_config(std::uint64_t seed) {
  sim_config result;
  if (seed % 8 >= 5)
    result.gathers_within = 20ms;
  result.mode = mode_of(seed);
  result.hears_within = 20ms;
  result.adjust = [seed](scheduling::config& x) {
    x.backoff_first = 200ms;
    x.backoff_at_most = 1s;
    x.settle_after = 2s;
    x.start_deadline = 6s;
    x.review_every = 1s;
    x.replicate_at_most = 2s;
    x.terminate_deadline = 3s;
    x.sync.reconcile_every = 2s;
    if (seed % 3 == 0)
      x.redistribution = scheduling::redistribution::active;
    if (seed % 4 == 3)
      x.make_strategy =
        placement::factory_of(placement::strategy_kind::least_loaded);
  };
  return result;
}

registries_config names_config(std::uint64_t seed) {
  registries_config result;
  result.nodes = 2 + seed % 4;
  result.mode = mode_of(seed);
  result.sync.reconcile_every = 2s;
  result.sync.retransmit_after = 50ms;
  result.network = {.shortest = 100us, .longest = 5ms};
  result.max_settled_a_step = seed % 5 == 0 ? 1 : 256;
  result.conflicts = static_cast<conflict_rule>(seed / 2 % 3);
  return result;
}

std::string name_of(const std::string& child) {
  return "name of " + child;
}

std::string identity(const std::string& child) {
  return "workers/" + child;
}

} // namespace

named_children_sim::named_children_sim(std::uint64_t seed)
    : rng_(seed), members_(seed, 2 + seed % 4, members_config(seed)),
      names_(seed + 1, names_config(seed)) {
  members_.factories["ok"] = {.longest = 20ms,
                              .crashes_percent = 5,
                              .crashes_after = 1s,
                              .stops_within = 100ms};
}

std::string named_children_sim::run() {
  run_for(500ms);
  auto acts = 20 + below(rng_, 30);
  for (std::uint64_t i = 0; i < acts && problem_.empty(); ++i) {
    random_act();
    auto longest = below(rng_, 6) == 0 ? duration{2s} : duration{300ms};
    run_for(duration{below(rng_, static_cast<std::uint64_t>(longest.count()))});
  }
  make_peace();
  return problem_.empty() ? check_end() : problem_;
}

// -- acts --------------------------------------------------------------------

void named_children_sim::random_act() {
  auto dice = below(rng_, 100);
  auto node = random_alive();
  if (dice < 35)
    members_.start_child(node, child(random_id()));
  else if (dice < 42)
    members_.terminate(node, random_id());
  else if (dice < 50)
    members_.crash(node, random_id());
  else if (dice < 62)
    change_the_links();
  else if (dice < 70)
    end_a_node();
  else if (dice < 80)
    restart_a_node();
  else if (dice < 84)
    set_members();
  else if (dice < 88)
    members_.rebalance(node);
  else
    stranger_appears();
}

void named_children_sim::change_the_links() {
  auto dice = below(rng_, 4);
  if (dice == 0) {
    members_.heal_all();
    return names_.heal_all();
  }
  auto a = below(rng_, members_.size());
  for (std::size_t b = 0; b < members_.size(); ++b)
    if (dice == 1 || below(rng_, members_.size()) == 0) {
      members_.cut(a, b);
      names_.cut(a, b);
    }
}

void named_children_sim::end_a_node() {
  if (members_.alive().size() < 2)
    return;
  auto node = random_alive();
  if (below(rng_, 3) == 0)
    return members_.drain(node);
  members_.kill(node);
  names_.crash(node);
}

void named_children_sim::restart_a_node() {
  for (std::size_t i = 0; i < members_.size(); ++i)
    if (!members_.is_alive(i)) {
      members_.restart(i);
      return names_.restart(i);
    }
}

void named_children_sim::set_members() {
  std::vector<std::size_t> list;
  for (std::size_t i = 0; i < members_.size(); ++i)
    if (below(rng_, 3) != 0)
      list.push_back(i);
  auto node = random_alive();
  if (std::ranges::find(list, node) == list.end())
    list.push_back(node);
  members_.set_members(node, list);
  names_.set_members(node, list);
}

void named_children_sim::stranger_appears() {
  auto id = random_id();
  auto is_impostor = below(rng_, 4) == 0;
  auto who = names_.spawn(random_alive(), false,
                          is_impostor ? identity(id) : std::string{});
  names_.register_name(who, name_of(id));
  strangers_.push_back(who);
  if (is_impostor)
    impostors_.emplace(who, members_.now() + 20ms);
}

// -- what follows from them --------------------------------------------------

void named_children_sim::run_for(duration time) {
  auto end = members_.now() + time;
  while (members_.now() < end && problem_.empty()) {
    members_.run_for(beat);
    follow_nodes();
    names_.run_for(beat);
    follow_processes();
    for (const auto& violation : {members_.violation(), names_.violation()})
      if (problem_.empty())
        problem_ = violation;
  }
}

void named_children_sim::follow_nodes() {
  for (std::size_t i = 0; i < members_.size(); ++i)
    if (!members_.is_alive(i) && names_.is_alive(i)) // it has drained
      names_.leave(i);
}

void named_children_sim::follow_processes() {
  std::map<std::uint64_t, holder> before;
  std::swap(before, holders_);
  std::vector<std::pair<std::size_t, std::string>> lost;
  members_.visit_running(
    [&](std::uint64_t actor, std::size_t node, const std::string& id) {
      auto known = before.extract(actor);
      if (!known.empty() && !names_.is_running(known.mapped().actor))
        return lost.emplace_back(node, id), void();
      if (known.empty()) {
        auto is_known = below(rng_, 4) > 0;
        auto& x = holders_[actor];
        x = {names_.spawn(node, false, is_known ? identity(id) : std::string{}),
             node, id, is_known, members_.now()};
        return;
      }
      holders_.insert(std::move(known));
    });
  for (const auto& [actor, x] : before)
    if (names_.is_running(x.actor))
      names_.end(x.actor);
  for (const auto& [node, id] : lost) // evicted by a stranger
    members_.crash(node, id);
  for (auto& [actor, x] : holders_)
    take_name(x);
  std::erase_if(impostors_, [&](const auto& x) {
    auto is_over = x.second <= members_.now();
    if (is_over)
      names_.mark(x.first, {});
    return is_over;
  });
}

/// It has none, or has lost it as its member was removed.
void named_children_sim::take_name(holder& x) {
  if (names_.held().contains({name_of(x.child), x.actor})
      || x.next_try > members_.now() || !names_.is_alive(x.node))
    return;
  if (x.next_try < members_.now() && !x.is_marked) {
    names_.mark(x.actor, identity(x.child));
    x.is_marked = true;
  }
  auto name = name_of(x.child);
  auto is_taken = names_.lookup(x.node, name) != 0;
  auto is_by_copy = is_taken && x.is_marked
                    && names_.view(x.node).at(name).child == identity(x.child);
  auto result = names_.register_name(x.actor, name);
  auto has_name = std::holds_alternative<naming::registered>(result);
  auto taken = std::get_if<naming::already_registered>(&result);
  if (is_by_copy && taken != nullptr
      && names_.node_of(taken->by.actor)
           != x.node) // else there is a rival here
    problem_ = "'" + x.child + "' did not get its name from its copy";
  named_ += has_name;
  inherited_ += has_name && is_taken;
  x.next_try = members_.now() + 20ms;
}

// -- the end -----------------------------------------------------------------

void named_children_sim::make_peace() {
  members_.factories["ok"] = {.stops_within = 100ms};
  members_.heal_all();
  names_.heal_all();
  for (auto who : strangers_)
    if (names_.is_running(who))
      names_.end(who);
  for (std::size_t i = 0; i < members_.size(); ++i)
    restart_a_node();
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < members_.size(); ++i)
    all.push_back(i);
  members_.set_members(0, all);
  names_.set_members(0, all);
  for (int i = 0; i < 90 && problem_.empty() && !check_end().empty(); ++i)
    run_for(1s);
}

std::string named_children_sim::check_end() const {
  if (auto x = members_.disagreement(); !x.empty())
    return x;
  std::map<std::string, std::uint64_t> owners;
  for (const auto& [actor, x] : holders_)
    owners.emplace(name_of(x.child), x.actor);
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (!names_.is_alive(i))
      continue;
    for (const auto& [name, owner] : owners)
      if (auto found = names_.lookup(i, name); found != owner)
        return "'" + name + "' is " + std::to_string(found) + " on node "
               + std::to_string(i) + ", not " + std::to_string(owner);
    if (names_.view(i).size() != owners.size())
      return "somebody has a name who is no child";
  }
  return {};
}

std::size_t named_children_sim::random_alive() {
  auto alive = members_.alive();
  if (alive.empty()) {
    restart_a_node();
    return 0;
  }
  return alive[below(rng_, alive.size())];
}

} // namespace horde::sim
