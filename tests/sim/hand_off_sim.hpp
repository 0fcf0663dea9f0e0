// SPDX-License-Identifier: MIT
//
// Four members, twelve children that count, one seed: members come and leave in
// good order, children are moved, on a network that loses, repeats and delays.
// Checked at the end: each child runs once, and nothing that was counted is
// lost.

#pragma once

#include <cstdint>
#include <string>

namespace horde::sim {

/// What went wrong first; empty: nothing.
std::string run_hand_offs(std::uint64_t seed);

} // namespace horde::sim
