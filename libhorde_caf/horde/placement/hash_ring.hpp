// SPDX-License-Identifier: MIT
//
// Consistent hashing (Karger et al. 1997): each member has points on a circle
// of 64-bit hashes, a key belongs to the first point at or after its own hash.
// Made once for a set of members, then only read. Equal sets make equal rings
// on all machines, whatever the order of the list; a member's points depend on
// nothing but its name, so that adding or removing one moves only its own keys.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "horde/member_id.hpp"

namespace horde::placement {

/// Points of a member of weight one. More are more even and cost memory; 128
/// spread the keys of a member over about nine percent of its share.
inline constexpr unsigned points_a_member = 128;

struct weighted_member {
  member_id who;
  unsigned weight = 1; ///< zero: gets nothing

  friend auto operator<=>(const weighted_member&,
                          const weighted_member&) = default;
};

class hash_ring {
public:
  hash_ring() = default;

  /// In any order. A member listed twice counts once, with its larger weight.
  explicit hash_ring(std::vector<weighted_member> members);

  /// The owner of `key`; null if the ring is empty. Valid as long as the ring.
  const member_id* choose(std::string_view key) const;

  /// Sorted, without those of weight zero.
  const std::vector<member_id>& members() const { return members_; }

private:
  // Two arrays, so that the search touches nothing but hashes.
  std::vector<std::uint64_t> points_;
  std::vector<std::uint32_t> owners_; ///< index into `members_`, by point
  std::vector<member_id> members_;
};

} // namespace horde::placement
