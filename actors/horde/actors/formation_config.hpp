// SPDX-License-Identifier: MIT
//
// Topologies in CAF's configuration format:
// `horde { formation { lan { strategy = "gossip", port = 45892 } } }`.

#pragma once

#include <vector>

#include <caf/expected.hpp>
#include <caf/settings.hpp>

#include "horde/actors/formation/strategy.hpp"

namespace horde::actors {

/// The topologies of the section `horde.formation`, by name. Fails with
/// `bad_option`.
caf::expected<std::vector<topology>> read_formation(const caf::settings& from);

} // namespace horde::actors
