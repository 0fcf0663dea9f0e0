// SPDX-License-Identifier: MIT
//
// How much work something is, for tests that it grows no faster than it should:
// they compare two sizes of one task in one run. Time on the processor counts,
// not time on the clock, and the best of a few runs, so that other programs on
// the machine hardly matter.

#pragma once

#include <algorithm>
#include <ctime>
#include <limits>

namespace horde::sim {

template <class F>
double least_seconds(F task) {
  auto result = std::numeric_limits<double>::max();
  for (int i = 0; i < 3; ++i) {
    auto start = std::clock();
    task();
    auto ticks =
      static_cast<double>(std::max<std::clock_t>(std::clock() - start, 1));
    result = std::min(result, ticks / CLOCKS_PER_SEC);
  }
  return result;
}

} // namespace horde::sim
