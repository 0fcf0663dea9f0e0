// SPDX-License-Identifier: MIT
//
// Rendezvous hashing with weights (Thaler and Ravishankar 1998; weights as in
// Schindelhauer and Schomaker 2005): each member draws a cost from its name and
// a number, the lowest one wins, and who is twice as heavy wins twice as often.
// Integers only, so that costs are the same on all machines.

#pragma once

#include <cstdint>
#include <string_view>

#include "horde/member_id.hpp"
#include "horde/member_traits.hpp"

namespace horde::placement {

/// What a key is placed by.
std::uint64_t key_hash(std::string_view key);

/// A member's part in the draw.
std::uint64_t seed_of(const member_id& who);

/// What one child takes of a member of that weight: the division is made once,
/// then costs and loads are multiplied. Requires: 1 to `max_weight`.
constexpr std::uint64_t share_of(std::uint32_t weight) {
  return 10'000'000 / weight;
}

/// Of a member, for the number `drawn`.
std::uint64_t rendezvous_cost(std::uint64_t seed, std::uint64_t drawn,
                              std::uint64_t share);

} // namespace horde::placement
