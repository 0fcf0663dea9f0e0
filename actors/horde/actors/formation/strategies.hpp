// SPDX-License-Identifier: MIT
//
// All strategies by the names that configurations call them.

#pragma once

#include <map>
#include <string>
#include <string_view>

#include "horde/actors/formation/strategy.hpp"
#include "horde/errc.hpp"

namespace horde::formation {

using settings_map = std::map<std::string, std::string>;

/// A topology from the settings of a configuration: `strategy`, the strategy's
/// own keys, and `interval`, `jitter` (percent) and `prune`, which all have.
/// Fails with `bad_option`, naming topology and key.
outcome<topology> read_topology(const std::string& name, settings_map settings);

/// The same from a command line: `kind` or `kind:key=value,key=value`. An item
/// without `=` goes on with the list before it: `static:hosts=a:1,b:2`. The key
/// `name` names the topology, otherwise it is called as its kind.
outcome<topology> parse_topology(std::string_view text);

/// What each topology must have, however it was made. `bad_option`.
std::optional<failure> validate(const topology& x);

} // namespace horde::formation
