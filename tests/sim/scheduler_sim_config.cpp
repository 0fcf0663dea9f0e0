// SPDX-License-Identifier: MIT

#include "sim/scheduler_sim_config.hpp"

#include "horde/placement/strategy_kind.hpp"

namespace horde::sim {

using namespace std::chrono_literals;

namespace {

/// Places like `uniform`, but only the side with quorum removes members.
class majority_removes : public placement::uniform {
public:
  bool needs_quorum() const override { return true; }
};

constexpr placement::strategy_kind strategies[] = {
  placement::strategy_kind::random, placement::strategy_kind::least_loaded,
  placement::strategy_kind::rendezvous, placement::strategy_kind::quorum};

placement::strategy_factory strategy_for(std::uint64_t seed) {
  if (seed % 5 == 1)
    return [] { return std::make_unique<majority_removes>(); };
  if (seed % 5 > 2)
    return placement::factory_of(strategies[seed / 5 % 4]);
  return placement::make_uniform;
}

} // namespace

duration scheduler_sim_forgets_after(std::uint64_t seed) {
  if (seed % 2 == 0 || seed % 4 == 1)
    return seed % 3 == 0 ? 6s : 15s;
  return membership::roster_config{}.forget_after;
}

bool scheduler_sim_needs_quorum(std::uint64_t seed) {
  return strategy_for(seed)()->needs_quorum();
}

sim_config scheduler_sim_config(std::uint64_t seed) {
  sim_config result;
  result.mode = seed % 2 == 0 ? member_mode::dynamic : member_mode::automatic;
  result.hears_within = 20ms;
  if (seed % 8 >= 5)
    result.gathers_within = 20ms;
  result.adjust = [seed](scheduling::config& x) {
    x.backoff_first = 200ms;
    x.backoff_at_most = 2s;
    x.settle_after = 2s;
    x.start_deadline = 6s;
    x.review_every = 1s;
    x.replicate_at_most = 2s;
    x.terminate_deadline = 3s;
    x.max_hops = seed % 5 == 0 ? 1 : 4;
    x.export_within = 1s;
    x.keep_state_for = 4s;
    x.max_hand_offs = seed % 3 == 1 ? 2 : 64;
    x.review_slice = seed % 3 == 0 ? 4 : 4096;
    x.sync.reconcile_every = 2s;
    if (seed % 7 == 0)
      x.sync.max_group_keys = 2;
    x.roster.forget_after = scheduler_sim_forgets_after(seed);
    x.make_strategy = strategy_for(seed);
    if (seed % 3 == 0)
      x.redistribution = scheduling::redistribution::active;
    if (seed % 6 == 2)
      x.place_after = {2, 3s};
    if (seed % 4 == 3)
      x.drain_timeout = 500ms;
    for (std::uint64_t i = 0; i < seed % 3; ++i)
      x.default_children.push_back(child("id-default-" + std::to_string(i)));
    if (x.roster.self.node == "node-1")
      x.roster.traits.weight = 200;
  };
  return result;
}

} // namespace horde::sim
