// SPDX-License-Identifier: MIT
//
// The simulation of hand-offs by itself: see `run_seeds.hpp`.

#include "sim/hand_off_sim.hpp"
#include "sim/run_seeds.hpp"

int main(int argc, char** argv) {
  return horde::sim::run_seeds(argc, argv, horde::sim::run_hand_offs);
}
