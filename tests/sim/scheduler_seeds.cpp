// SPDX-License-Identifier: MIT
//
// The simulation of children by itself: see `run_seeds.hpp`.

#include "sim/run_seeds.hpp"
#include "sim/scheduler_sim.hpp"

int main(int argc, char** argv) {
  return horde::sim::run_seeds<horde::sim::scheduler_sim>(argc, argv);
}
