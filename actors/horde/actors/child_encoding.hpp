// SPDX-License-Identifier: MIT
//
// A child as users describe it, as the core has it.

#pragma once

#include <caf/actor_system.hpp>

#include "horde/actors/supervisor_messages.hpp"
#include "horde/errc.hpp"
#include "horde/supervision/child_spec.hpp"

namespace horde::actors {

/// Fails if an argument is of a type that cannot travel.
outcome<supervision::child_spec> encode_spec(caf::actor_system& sys,
                                             child_spec x);

} // namespace horde::actors
