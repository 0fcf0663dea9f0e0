// SPDX-License-Identifier: MIT
//
// What a strategy is asked: for which child, and under which conditions.

#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "horde/constraints.hpp"
#include "horde/placement/hashes.hpp"

namespace horde::placement {

inline const constraints no_constraints{};

/// What a child asks for. Refers to its key and constraints.
struct wish {
  explicit wish(std::string_view by, const constraints& where = no_constraints)
      : key(by), hash(key_hash(by)), place(where) {}
  /// A reference to what is gone at once would be of no use.
  wish(std::string_view, constraints&&) = delete;

  std::string_view key;
  std::uint64_t hash; ///< of the key
  const constraints& place;
};

/// What members may see differently at the same time. Counts are in the order
/// of the list that the strategy prepared; what is missing counts as zero.
struct conditions {
  /// Of each member. Looked at if the strategy `needs_load`.
  std::span<const std::uint32_t> children{};
  /// Of each member and the wish's group, without the child itself. Looked at
  /// if the wish names a group.
  std::span<const std::uint32_t> of_group{};
  /// A random number, another one for each choice. Looked at if the strategy
  /// `needs_draw`.
  std::uint64_t draw = 0;
};

} // namespace horde::placement
