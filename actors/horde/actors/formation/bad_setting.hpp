// SPDX-License-Identifier: MIT
//
// What is wrong with the settings of a strategy, for code and configurations
// alike.

#pragma once

#include <optional>
#include <string>

#include "horde/errc.hpp"

namespace horde::formation {

struct bad_setting {
  std::string key;
  std::string takes;
};

/// Nothing: nothing is wrong.
using setting_problem = std::optional<bad_setting>;

inline failure to_failure(const std::string& topology, const bad_setting& x) {
  return {errc::bad_option,
          "topology " + topology + ": " + x.key + ": takes " + x.takes};
}

} // namespace horde::formation
