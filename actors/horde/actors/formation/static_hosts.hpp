// SPDX-License-Identifier: MIT
//
// A fixed list of addresses. Host names are resolved at each attempt to
// connect.

#pragma once

#include <string>
#include <vector>

#include "horde/actors/formation/strategy.hpp"
#include "horde/endpoint.hpp"
#include "horde/formation/settings_reader.hpp"

namespace horde::formation {

struct static_settings {
  /// Where nodes listen, each with host and port; may name this node. `hosts`
  /// in configurations. libcluster: Epmd `hosts`.
  std::vector<endpoint> hosts;
};

/// Starts with `bad_option` if an address has no host or no port.
topology static_topology(std::string name, static_settings settings);

outcome<topology> read_static(const std::string& name, settings_reader& from);

} // namespace horde::formation
