// SPDX-License-Identifier: MIT
//
// Measures the shared map: each figure beside a yardstick of the same run, as
// absolute figures say as much of the machine as of the program.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace horde::tools {

/// One row: a figure, what it is compared with, and whether it is good enough.
struct figure {
  std::string what;
  double value = 0;
  std::string unit;
  std::string yardstick; ///< what `beside` is a figure of; may be empty
  double beside = 0;
  std::string target; ///< in words
  bool ok = false;

  double ratio() const { return beside == 0 ? 0 : value / beside; }
};

/// Calls `out` with each figure for maps of so many keys.
void bench_sync(std::size_t keys,
                const std::function<void(const figure&)>& out);

} // namespace horde::tools
