// SPDX-License-Identifier: MIT
//
// Two to six registries, one seed: processes claim few names, unregister, end;
// members are set, restarted, crash and say goodbye; links break in both or one
// direction; clocks are an hour apart and jump. In some runs the departed are
// forgotten after seconds, and sides are apart for longer; then the replicas
// that are known are counted in the end. What must be true at any time
// is checked by `sim_registries`; here, after healing, what G1 and G3 promise.

#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "support/sim_registries.hpp"

namespace horde::sim {

class registry_sim {
public:
  explicit registry_sim(std::uint64_t seed);

  /// Runs to the end. Returns what went wrong first; empty: nothing.
  std::string run();

  std::uint64_t trace() const { return registries_.trace(); }
  std::size_t registered() const { return registered_; }
  /// How often one automatic member saw another be removed for its silence.
  std::size_t removals() const { return registries_.removals(); }
  std::size_t evictions() const { return registries_.evictions().size(); }
  /// Of those that are there in the end.
  std::uint64_t renewals() const;

private:
  registry_sim(std::uint64_t seed, random_engine rng);
  static registries_config random_config(random_engine& rng,
                                         std::uint64_t seed);

  void random_act();
  void register_something();
  void register_at_once();
  void unregister_something();
  void write_something();
  void end_something();
  void change_the_members();
  void change_the_network();
  void change_a_node();
  void part_for_long();
  void set_members(const std::vector<std::size_t>& on,
                   const std::vector<std::size_t>& list);
  void register_or_unregister();
  void heal();
  void settle();
  /// Departed replicas are forgotten within the run.
  bool is_forgetful() const {
    return cfg_.forget_after < std::chrono::minutes{1};
  }

  std::size_t random_node() { return below(rng_, registries_.size()); }
  std::string random_name() { return "name " + std::to_string(below(rng_, 5)); }
  /// A running process on a live node, maybe a new one; zero: none.
  std::uint64_t random_process();

  void fail(const std::string& what);
  void check_end();
  void check_names(std::size_t node);
  void check_members(std::size_t node);

  random_engine rng_;
  registries_config cfg_;
  sim_registries registries_;
  std::vector<std::uint64_t> processes_;
  std::size_t registered_ = 0;
  std::string problem_;
};

} // namespace horde::sim
