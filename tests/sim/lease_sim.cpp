// SPDX-License-Identifier: MIT

#include "sim/lease_sim.hpp"

#include <algorithm>

#include "horde/placement/strategy_kind.hpp"

namespace horde::sim {

using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t ids = 6;

sim_config config_for(std::uint64_t seed) {
  sim_config result;
  result.mode = seed % 3 == 0 ? member_mode::dynamic : member_mode::fixed;
  result.hears_within = 20ms;
  result.down_after = seed % 4 == 0 ? 100ms : 1s;
  result.exclusive = true;
  if (seed % 8 >= 5)
    result.gathers_within = 20ms;
  result.adjust = [seed](scheduling::config& x) {
    x.make_strategy = placement::factory_of(placement::strategy_kind::quorum);
    x.lease = {.time = 2s, .margin = 100ms};
    x.backoff_first = 200ms;
    x.backoff_at_most = 1s;
    x.settle_after = 2s;
    x.start_deadline = 6s;
    x.review_every = 1s;
    x.replicate_at_most = 2s;
    x.terminate_deadline = 3s;
    x.sync.reconcile_every = 2s;
    x.review_slice = seed % 5 == 0 ? 2 : 4096;
  };
  return result;
}

} // namespace

lease_sim::lease_sim(std::uint64_t seed)
    : rng_(seed), members_(seed, 2 + seed % 4, config_for(seed)) {
  if (seed % 2 == 0)
    members_.network.set_faults({.longest = 300ms});
  members_.factories["ok"] = {};
  members_.factories["slow"] = {.longest = 1s, .stops_within = 3s};
  members_.factories["fragile"] = {.longest = 20ms, .crashes_percent = 60};
}

std::string lease_sim::run() {
  members_.run_for(500ms);
  auto acts = 40 + below(rng_, 40);
  for (std::uint64_t i = 0; i < acts && members_.violation().empty(); ++i) {
    random_act();
    members_.run_for(duration{
      below(rng_, static_cast<std::uint64_t>(duration{600ms}.count()))});
  }
  members_.factories["fragile"].crashes_percent = 0;
  members_.network.set_faults({});
  members_.heal_all();
  restart_all();
  for (int i = 0; i < 40 && !members_.disagreement().empty(); ++i)
    members_.run_for(1s);
  return members_.violation().empty() ? members_.disagreement()
                                      : members_.violation();
}

std::uint64_t lease_sim::moves() const {
  std::uint64_t result = 0;
  for (std::uint64_t i = 0; i < ids; ++i) {
    auto starts = members_.starts_of("id-" + std::to_string(i));
    result += starts > 0 ? starts - 1 : 0;
  }
  return result;
}

void lease_sim::random_act() {
  auto dice = below(rng_, 100);
  if (dice < 35) {
    auto spec = child(random_id());
    constexpr const char* types[] = {"ok", "slow", "fragile"};
    spec.type = types[below(rng_, std::size(types))];
    members_.start_child(random_alive(), std::move(spec));
  } else if (dice < 42) {
    members_.terminate(random_alive(), "id-" + std::to_string(below(rng_, 2)));
  } else if (dice < 50) {
    auto id = random_id();
    for (std::size_t i = 0; i < members_.size(); ++i)
      members_.crash(i, id);
  } else if (dice < 80) {
    change_the_links();
  } else if (dice < 86) {
    kill_something();
  } else if (dice < 92) {
    restart_all();
  } else {
    change_the_network();
  }
}

void lease_sim::change_the_links() {
  auto a = below(rng_, members_.size());
  auto b = below(rng_, members_.size());
  switch (below(rng_, 6)) {
  case 0: return members_.heal_all();
  case 1: // alone
    for (std::size_t i = 0; i < members_.size(); ++i)
      members_.cut(a, i);
    return;
  case 2: // in two sides
    for (std::size_t i = 0; i < members_.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (((a + i) % 2 == 0) != ((a + j) % 2 == 0))
          members_.cut(i, j);
    return;
  case 3: return members_.mute(a, b);
  case 4: // nobody hears it
    for (std::size_t i = 0; i < members_.size(); ++i)
      members_.mute(a, i);
    return;
  default:
    if (members_.is_cut(a, b))
      members_.heal(a, b);
    else
      members_.cut(a, b);
  }
}

void lease_sim::change_the_network() {
  if (below(rng_, 2) == 0)
    return members_.network.set_faults({});
  members_.network.set_faults({
    .lost_percent = static_cast<unsigned>(below(rng_, 40)),
    .repeated_percent = static_cast<unsigned>(below(rng_, 30)),
    .longest = 1ms * (1 + below(rng_, 500)),
  });
}

void lease_sim::kill_something() {
  if (members_.alive().size() < 2)
    return;
  members_.kill(random_alive());
  ++deaths_;
}

void lease_sim::restart_all() {
  for (std::size_t i = 0; i < members_.size(); ++i)
    members_.restart(i);
}

std::size_t lease_sim::random_alive() {
  auto alive = members_.alive();
  return alive[below(rng_, alive.size())];
}

std::string lease_sim::random_id() {
  return "id-" + std::to_string(below(rng_, ids));
}

} // namespace horde::sim
