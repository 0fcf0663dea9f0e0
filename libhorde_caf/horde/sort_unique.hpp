// SPDX-License-Identifier: MIT
//
// Lists as sets.

#pragma once

#include <algorithm>
#include <vector>

namespace horde {

/// Ascending, each once. (Clang 14 fails at `std::ranges::unique`.)
template <class T>
void sort_unique(std::vector<T>& xs) {
  std::ranges::sort(xs);
  xs.erase(std::unique(xs.begin(), xs.end()), xs.end());
}

} // namespace horde
