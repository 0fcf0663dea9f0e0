// SPDX-License-Identifier: MIT
//
// Runs the simulation of hand-offs, for the mutants: `hand_off_seeds COUNT`.
// Prints the first seed that fails; exit code 1 if there is one.

#include <cstdlib>
#include <iostream>

#include "sim/hand_off_sim.hpp"

int main(int argc, char** argv) {
  auto count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100;
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    auto problem = horde::sim::run_hand_offs(seed);
    if (problem.empty())
      continue;
    std::cout << "seed " << seed << ": " << problem << '\n';
    return 1;
  }
  return 0;
}
