// SPDX-License-Identifier: MIT
//
// Which of two live owners keeps a name, as an option of a registry.

#pragma once

#include <functional>
#include <variant>

#include "horde/actors/entry.hpp"
#include "horde/naming/rules.hpp"

namespace horde {

enum class claim_choice : std::uint8_t { earlier, later };

/// Chooses which of two claims stays. Called in a thread of its own on the
/// member of one of the two, outside of any lock; until it has answered
/// everybody finds the later one. Of three or more claims two are compared at a
/// time, so it must be an order: if a is better than b, and b than c, then a
/// than c, whichever is earlier. If it throws, the later claim stays.
using conflict_function =
  std::function<claim_choice(const entry& earlier, const entry& later)>;

/// `conflict_rule::last_wins`, `conflict_rule::first_wins`, or a function.
using conflict_policy = std::variant<conflict_rule, conflict_function>;

} // namespace horde
