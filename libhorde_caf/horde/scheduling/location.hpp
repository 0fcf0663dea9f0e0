// SPDX-License-Identifier: MIT
//
// Where the member is that a `placed` record names: here, there, gone for good,
// or not (yet) known. The roster knows the listed members, and the nodes of
// those that were taken off the list while they are alive and still drain.

#pragma once

#include <cstdint>

#include "horde/membership/roster.hpp"
#include "horde/scheduling/records.hpp"

namespace horde::scheduling {

enum class location : std::uint8_t { here, there, gone, unknown };

/// `self`: the replica of the member that asks.
location locate(const placed_record& x, const membership::roster& members,
                replica_id self);

} // namespace horde::scheduling
