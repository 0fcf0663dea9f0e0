// SPDX-License-Identifier: MIT
//
// The simulation of leases by itself: see `run_seeds.hpp`.

#include "sim/lease_sim.hpp"
#include "sim/run_seeds.hpp"

int main(int argc, char** argv) {
  return horde::sim::run_seeds<horde::sim::lease_sim>(argc, argv);
}
