// SPDX-License-Identifier: MIT
//
// Makes a failing scenario small: takes out acts (delta debugging, Zeller and
// Hildebrandt 2002), then members, then trouble from the parameters and numbers
// from the acts that are left, over and over, as long as it still fails. What
// comes out fails, and does not if any one act is taken out.

#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "sim/replica_scenario.hpp"

namespace horde::sim {

/// What is wrong with a scenario; empty: nothing.
using judge = std::function<std::string(const scenario&)>;

struct shrunk {
  scenario smallest;
  std::string problem; ///< of the smallest
  std::size_t runs = 0;
};

/// Requires: `f` finds something wrong with `x`. Stops after `most_runs`, with
/// what it has.
shrunk shrink(scenario x, const judge& f, std::size_t most_runs = 20'000);

} // namespace horde::sim
