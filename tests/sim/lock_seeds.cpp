// SPDX-License-Identifier: MIT
//
// The simulation of locks of a whole horde by itself: see `run_seeds.hpp`.

#include "sim/lock_sim.hpp"
#include "sim/run_seeds.hpp"

int main(int argc, char** argv) {
  return horde::sim::run_seeds<horde::sim::lock_sim>(argc, argv);
}
