// SPDX-License-Identifier: MIT
//
// The simulation of children of whom many misbehave by itself: see `run_seeds.hpp`.

#include "sim/isolation_sim.hpp"
#include "sim/run_seeds.hpp"

int main(int argc, char** argv) {
  return horde::sim::run_seeds<horde::sim::isolation_sim>(argc, argv);
}
