// SPDX-License-Identifier: MIT
//
// Before two replicas exchange anything they find out whether one has forgotten
// the other, or somebody who stands with it. That happens when both were apart
// for longer than departed replicas are remembered: each side took the other's
// silence for death. Were their contexts joined, all that the forgotten wrote
// would be gone, on both sides; so the smaller side begins anew.

#pragma once

#include <cstdint>
#include <vector>

#include "horde/crdt/causal_context.hpp"

namespace horde::sync {

/// Where a replica stands. Both lists are ascending.
struct standing {
  replica_id who{};
  era horizon = 0;
  std::vector<replica_id> known; ///< `causal_context::replicas`
  /// Of itself and those that it exchanges news with: all that have lived as
  /// long as the departed are remembered. Who has not was not away so long; if
  /// it is forgotten, a clock was wrong.
  std::vector<replica_id> alive;
  /// How often it began anew of late, beside the first time. Between two sides
  /// that do not meet each other somebody may lose to each of them in turn; so
  /// it weighs more each time.
  std::uint64_t defeats = 0;
  bool is_young = false; ///< has not lived so long

  friend bool operator==(const standing&, const standing&) = default;
};

/// More is absurd.
inline constexpr std::uint64_t most_defeats = 1'000'000;

/// True if `x` counts `who` as seen whole.
bool has_forgotten(const standing& x, replica_id who);

/// What becomes of two that meet. At most one of them yields: it gives up its
/// id and its map and begins anew. If none does, their news may flow, and one
/// forgets those of its side that the other has forgotten: they yield when they
/// are met.
struct verdict {
  bool first_yields = false;
  bool second_yields = false;
  std::vector<replica_id> first_forgets;
  std::vector<replica_id> second_forgets;

  friend bool operator==(const verdict&, const verdict&) = default;
};

/// Symmetric.
verdict judge(const standing& first, const standing& second);

} // namespace horde::sync
