// SPDX-License-Identifier: MIT
//
// Calls the factory of a child, whatever that does.

#pragma once

#include "horde/actors/child_types.hpp"
#include "horde/actors/node_context.hpp"
#include "horde/scheduling/effects.hpp"

namespace horde::actors {

/// `extra`: comes before its own arguments. Blocks as long as the factory does;
/// throws nothing. For types of CAF's `add_actor_type`, too.
child_outcome call_factory(node_context& node, const caf::message& extra,
                           const scheduling::start_child& x);

} // namespace horde::actors
