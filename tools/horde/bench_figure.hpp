// SPDX-License-Identifier: MIT
//
// What all measurements of `horde bench` have in common: a figure beside a
// yardstick of the same run, as absolute figures say as much of the machine as
// of the program.

#pragma once

#include <functional>
#include <string>

namespace horde::tools {

/// One row: a figure, what it is compared with, and whether it is good enough.
struct figure {
  std::string what;
  double value = 0;
  std::string unit;
  std::string yardstick; ///< what `beside` is a figure of; may be empty
  double beside = 0;
  std::string target; ///< in words; empty: there is none
  bool ok = true;

  double ratio() const { return beside == 0 ? 0 : value / beside; }
};

using emit = std::function<void(const figure&)>;

/// Measurements of something that has so many keys.
using benchmark = std::function<void(std::size_t keys, const emit& out)>;

} // namespace horde::tools
