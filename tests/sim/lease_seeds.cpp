// SPDX-License-Identifier: MIT
//
// Runs the simulation of leases: `lease_seeds COUNT [FIRST]`. Prints the seeds
// that fail; exit code 1 if there are any. Stops at the third.

#include <cstdlib>
#include <iostream>

#include "sim/lease_sim.hpp"

int main(int argc, char** argv) {
  auto number = [&](int i, std::uint64_t otherwise) {
    return argc > i ? std::strtoull(argv[i], nullptr, 10) : otherwise;
  };
  auto count = number(1, 200);
  auto first = number(2, 1);
  int failures = 0;
  for (auto seed = first; seed < first + count && failures < 3; ++seed) {
    auto problem = horde::sim::lease_sim{seed}.run();
    if (problem.empty())
      continue;
    ++failures;
    std::cout << "seed " << seed << ": " << problem << '\n';
  }
  return failures > 0 ? 1 : 0;
}
