// SPDX-License-Identifier: MIT
//
// What `horde node` may be told of its supervisors, on the command line and in
// its configuration file.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <caf/config_option_adder.hpp>

#include "horde/actors/dynamic_supervisor.hpp"
#include "options.hpp"

namespace horde::tools {

/// Empty and zero: it was not said.
struct supervisor_settings {
  std::string strategy;
  std::string redistribution;
  std::size_t place_after = 0; ///< members
  duration place_after_time{};
  duration drain_timeout{};
  duration lease{};
  duration lease_margin{};
  std::size_t max_children_of_horde = 0;
  std::string member_max_restarts;           ///< a number: 0 says something
  std::vector<std::string> default_children; ///< `ID TYPE ARG ...`

  /// To a command line.
  void add_to(CLI::App& cmd);

  /// To a configuration file.
  void add_to(caf::config_option_adder& file);

  /// What `x` says wins.
  void replace_by(const supervisor_settings& x);

  /// Fails with `bad_option`.
  caf::error apply_to(supervisor_options& x) const;
};

} // namespace horde::tools
