// SPDX-License-Identifier: MIT
//
// Two to five members of a static list that place with quorum, one seed: starts
// and terminates of few ids on all of them, crashes, dying and restarted nodes,
// cuts that are noticed and such in one direction that are not, loss and delay.
// Checked all the time: no child runs twice, and no token is there twice. At
// the end: all that is wanted runs once.

#pragma once

#include <cstdint>
#include <string>

#include "support/sim_members.hpp"

namespace horde::sim {

class lease_sim {
public:
  explicit lease_sim(std::uint64_t seed);

  /// Runs to the end. Returns what went wrong first; empty: nothing.
  std::string run();

  std::uint64_t trace() const { return members_.trace(); }
  /// How much happened: for the test that the simulation tests something.
  std::size_t deaths() const { return deaths_; }
  /// Children that were started again.
  std::uint64_t moves() const;

private:
  void random_act();
  void change_the_links();
  void change_the_network();
  void kill_something();
  void restart_all();
  std::size_t random_alive();
  std::string random_id();

  random_engine rng_;
  sim_members members_;
  std::size_t deaths_ = 0;
};

} // namespace horde::sim
