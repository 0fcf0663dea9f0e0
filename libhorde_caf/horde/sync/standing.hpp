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

/// Those that stand together: they exchange news and have lived as long as the
/// departed are remembered.
struct side {
  std::uint64_t size = 0;
  replica_id oldest{}; ///< if there are any

  friend bool operator==(const side&, const side&) = default;
};

/// Smaller, or as large and without the oldest.
bool is_weaker(const side& x, const side& than);

/// More is absurd.
inline constexpr std::uint64_t largest_side = 1'000'000;

/// Where a replica stands. Both lists are ascending.
struct standing {
  replica_id who{};
  era horizon = 0;
  std::vector<replica_id> known; ///< `causal_context::replicas`
  /// Of itself and those that it exchanges news with: all that have lived as
  /// long as the departed are remembered. Who has not was not away so long; if
  /// it is forgotten, a clock was wrong.
  std::vector<replica_id> alive;
  /// The strongest one that it was of not long ago, so that a side does not
  /// become weaker while it meets others one by one.
  horde::sync::side side;
  bool is_young = false; ///< has not lived so long

  friend bool operator==(const standing&, const standing&) = default;
};

/// True if `x` counts `who` as seen whole.
bool has_forgotten(const standing& x, replica_id who);

/// What becomes of two that meet. At most one of them yields: it gives up its
/// id and its map and begins anew. If none does, their news may flow, and one
/// gives up those of its side that the other has forgotten: they yield when
/// they are met.
struct verdict {
  bool first_yields = false;
  bool second_yields = false;
  /// Whom it gives up. If it yields: whom it has forgotten that lives.
  std::vector<replica_id> of_first;
  std::vector<replica_id> of_second;

  friend bool operator==(const verdict&, const verdict&) = default;
};

/// Symmetric.
verdict judge(const standing& first, const standing& second);

} // namespace horde::sync
