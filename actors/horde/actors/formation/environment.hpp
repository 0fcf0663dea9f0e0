// SPDX-License-Identifier: MIT
//
// Addresses in a variable of the environment, with commas or blanks between
// them. It is read when the node starts.

#pragma once

#include <string>

#include "horde/actors/formation/strategy.hpp"
#include "horde/formation/settings_reader.hpp"

namespace horde::formation {

struct environment_settings {
  /// Which variable. `variable` in configurations.
  std::string variable = "HORDE_NODES";
};

/// Starts with `bad_option` if the variable holds something else. If it is not
/// set, lookups fail.
topology environment_topology(std::string name,
                              environment_settings settings = {});

outcome<topology> read_environment(const std::string& name,
                                   settings_reader& from);

} // namespace horde::formation
