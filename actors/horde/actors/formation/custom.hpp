// SPDX-License-Identifier: MIT
//
// A strategy of your own as a function. What needs more, say to be told of
// changes, derives from `formation::strategy`.

#pragma once

#include <functional>
#include <string>

#include "horde/actors/formation/strategy.hpp"

namespace horde::formation {

/// `look_up` says where nodes are, or why it could not look. It is called in a
/// thread of the topology and may block for a few seconds. An exception counts
/// as a failure.
topology custom_topology(std::string name,
                         std::function<lookup_result()> look_up);

} // namespace horde::formation
