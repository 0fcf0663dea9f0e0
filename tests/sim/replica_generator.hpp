// SPDX-License-Identifier: MIT
//
// Makes a scenario from a seed. Not all kinds of trouble are in every scenario:
// each seed leaves some out, so that rare combinations are not drowned by the
// common ones.

#pragma once

#include <cstdint>

#include "sim/replica_scenario.hpp"

namespace horde::sim {

/// Part of the record of seeds that were run: another generator, other
/// scenarios. Count it up with every change of what a seed stands for.
inline constexpr std::uint64_t generator_number = 10;

scenario generate(std::uint64_t seed);

} // namespace horde::sim
