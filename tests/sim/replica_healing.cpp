// SPDX-License-Identifier: MIT
//
// What comes after the acts: all faults end, and the replicas must become
// equal, also if not all are neighbours of all. Then what one writes must get
// to all at once.

#include <algorithm>

#include "sim/replica_sim.hpp"

namespace horde::sim {

using namespace std::chrono_literals;

namespace {

constexpr duration longest_healing = 10min;
constexpr duration longest_way = 1s;
constexpr duration longest_way_of_the_forgetful = 10s; ///< reconciliations

} // namespace

void replica_sim::heal() {
  if (!model_.problem().empty())
    return;
  network_.heal_all();
  network_.set_faults({});
  is_healing_ = true;
  errands_.clear(); // who shall be linked is another now
  for (site_no x = 0; x < sites_.size(); ++x)
    sites_[x].is_mute = !is_alive(x);
  for (auto x : alive())
    healing_.push_back(sites_[x].at);
  drop_the_dead();
  model_.healing_begins();
  connect();
  rest();
  if (model_.problem().empty())
    model_.healed(must_somebody_stay());
}

bool replica_sim::must_somebody_stay() const {
  // Else those that begin anew may defeat others at once.
  return scenario_.params.healed_percent == 100
         && scenario_.params.remembered_ms > 0;
}

bool replica_sim::is_wanted(member_no a, member_no b) const {
  auto place_of = [this](member_no x) {
    return static_cast<std::uint64_t>(std::ranges::find(healing_, x)
                                      - healing_.begin());
  };
  auto random = [this](std::uint64_t i, std::uint64_t j) {
    return mix(~scenario_.seed, i * most_members + j);
  };
  // A tree, so that all are connected, and as many others as there shall be.
  auto later = std::max(place_of(a), place_of(b));
  auto earlier = std::min(place_of(a), place_of(b));
  return later != earlier
         && (random(later, later) % later == earlier
             || random(later, earlier) % 100 < scenario_.params.healed_percent);
}

void replica_sim::drop_the_dead() {
  // A round that is not finished knows of removals that no context has yet.
  // What the dead told in theirs would be missed in all that the living know.
  for (auto x : alive()) {
    for (auto id : sites_[x].machine->neighbours())
      if (!is_alive(site_of(id)))
        unlink(x, id);
    finish(x);
  }
}

void replica_sim::connect() {
  for (auto at : healing_) {
    auto x = *running_at(at);
    auto& machine = *sites_[x].machine;
    for (auto id : machine.neighbours())
      if (auto y = site_of(id); !is_alive(y) || !is_wanted(at, sites_[y].at))
        unlink(x, id);
    for (auto other : healing_)
      if (is_wanted(at, other))
        machine.neighbour_up(sites_[*running_at(other)].id, now_at(x));
    finish(x);
    advance_to(now_ + 1ms);
  }
}

void replica_sim::reach_all() {
  if (scenario_.params.reaches_all == 0)
    return;
  // Who reaches whom is said a little later, and perhaps somebody catches up.
  advance_to(now_ + 1s);
  rest();
  if (!model_.problem().empty())
    return;
  // A small queue of what is to be relayed may end in a reconciliation, and so
  // may news with versions of the forgotten.
  is_pushing_only_ = scenario_.params.max_log_records > most_members
                     && scenario_.params.remembered_ms == 0;
  for (auto x : alive()) {
    auto key = mix(scenario_.seed, x) % scenario_.params.keys;
    perform(acts::put{sites_[x].at, key, mix(scenario_.seed, ~x)});
    finish(x);
  }
  auto end =
    now_
    + (scenario_.params.remembered_ms > 0 ? longest_way_of_the_forgetful
                                          : longest_way);
  while (!are_equal() && now_ < end)
    advance_to(now_ + 5ms);
  if (!are_equal())
    model_.fail("a write did not get to all at once");
  is_pushing_only_ = false;
  rest();
  if (!model_.problem().empty())
    return;
  model_.healing_begins();
  model_.healed(must_somebody_stay());
}

void replica_sim::rest() {
  auto end = now_ + longest_healing;
  while (model_.problem().empty() && !is_quiet() && now_ < end)
    advance_to(now_ + 100ms);
  if (!is_quiet())
    model_.fail("the replicas did not become equal");
}

bool replica_sim::are_equal() const {
  auto all = alive();
  const auto& first = sites_[all.front()].machine->map();
  return std::ranges::all_of(all, [&](site_no x) {
    const auto& map = sites_[x].machine->map();
    return map.digest() == first.digest() && map.seen() == first.seen();
  });
}

bool replica_sim::is_quiet() const {
  return network_.empty() && errands_.empty() && are_equal()
         && std::ranges::all_of(
           alive(), [&](site_no x) { return sites_[x].machine->idle(); });
}

} // namespace horde::sim
