// SPDX-License-Identifier: MIT
//
// How the members of `scheduler_sim` are set up for a seed.

#pragma once

#include <cstdint>

#include "support/sim_members.hpp"

namespace horde::sim {

sim_config scheduler_sim_config(std::uint64_t seed);

bool scheduler_sim_needs_quorum(std::uint64_t seed);

/// Three runs in four forget departed members while they run; of those with
/// automatic members, which are removed before, one in two.
duration scheduler_sim_forgets_after(std::uint64_t seed);

} // namespace horde::sim
