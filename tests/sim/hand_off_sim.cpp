// SPDX-License-Identifier: MIT

#include "sim/hand_off_sim.hpp"

#include "support/sim_members.hpp"

namespace horde::sim {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t nodes = 4;
constexpr std::size_t children = 12;

std::string name_of(std::size_t child) {
  return "c" + std::to_string(child);
}

class world {
public:
  explicit world(std::uint64_t seed)
      : rng_(seed),
        sim_(seed, nodes, {.adjust = [seed](auto& x) {
               using scheduling::redistribution;
               x.redistribution = seed % 2 == 0 ? redistribution::active
                                                : redistribution::passive;
               x.max_hand_offs = seed % 3 == 0 ? 2 : 64;
               x.fetch_within = 1min;
               x.keep_state_for = 2min;
             }}) {}

  std::string run() {
    sim_.run_for(1s);
    for (std::size_t i = 0; i < children; ++i) {
      auto spec = child(name_of(i));
      spec.hand_off = true;
      sim_.start_child(0, std::move(spec));
    }
    sim_.run_for(1s);
    sim_.network.set_faults(
      {.lost_percent = 15, .repeated_percent = 15, .longest = 60ms});
    for (int i = 0; i < 40; ++i) {
      act();
      count_for_a_while();
    }
    sim_.network.set_faults({});
    sim_.run_for(1min);
    return problem();
  }

private:
  void act() {
    auto node = below(rng_, nodes);
    // One at a time: somebody must be there for their children.
    auto nobody_leaves = !leaving_ || !sim_.is_alive(*leaving_);
    if (!sim_.is_alive(node))
      sim_.restart(node);
    else if (nobody_leaves && sim_.alive().size() > 2 && below(rng_, 3) == 0)
      sim_.drain(*(leaving_ = node));
    else
      sim_.rebalance(node);
  }

  void count_for_a_while() {
    for (int i = 0; i < 40; ++i) {
      auto at = below(rng_, children);
      counts_[at] += sim_.count(name_of(at)) ? 1 : 0;
      sim_.run_for(10ms);
    }
  }

  std::string problem() const {
    if (!sim_.violation().empty())
      return sim_.violation();
    if (auto x = sim_.disagreement(); !x.empty())
      return x;
    for (std::size_t i = 0; i < children; ++i) {
      auto there = sim_.counted(name_of(i)).value_or(0);
      if (there != counts_[i])
        return name_of(i) + " has counted to " + std::to_string(there) + " of "
               + std::to_string(counts_[i]);
    }
    return sim_.moves_untold() > 0 ? "a move was not told" : "";
  }

  random_engine rng_;
  sim_members sim_;
  std::optional<std::size_t> leaving_;
  std::uint64_t counts_[children] = {};
};

} // namespace

std::string run_hand_offs(std::uint64_t seed) {
  return world{seed}.run();
}

} // namespace horde::sim
