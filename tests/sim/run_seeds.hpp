// SPDX-License-Identifier: MIT
//
// `main` of the programs that run a simulation over seeds: `PROGRAM [COUNT
// [FIRST]]`. Prints the seeds that fail; exit code 1 if there are any. Stops at
// the third.

#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

namespace horde::sim {

/// `run`: of a seed, what went wrong; empty: nothing.
template <class F>
int run_seeds(int argc, char** argv, F run) {
  auto number = [&](int i, std::uint64_t otherwise) {
    return argc > i ? std::strtoull(argv[i], nullptr, 10) : otherwise;
  };
  auto count = number(1, 1000);
  auto first = number(2, 1);
  int failures = 0;
  for (auto seed = first; seed < first + count && failures < 3; ++seed) {
    auto problem = run(seed);
    if (problem.empty())
      continue;
    ++failures;
    std::cout << "seed " << seed << ": " << problem << '\n';
  }
  return failures > 0 ? 1 : 0;
}

template <class Simulation>
int run_seeds(int argc, char** argv) {
  return run_seeds(argc, argv, [](std::uint64_t seed) {
    return std::string{Simulation{seed}.run()};
  });
}

} // namespace horde::sim
