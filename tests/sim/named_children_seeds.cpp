// SPDX-License-Identifier: MIT
//
// The simulation of children that have names by itself: see `run_seeds.hpp`.

#include "sim/named_children_sim.hpp"
#include "sim/run_seeds.hpp"

int main(int argc, char** argv) {
  return horde::sim::run_seeds<horde::sim::named_children_sim>(argc, argv);
}
