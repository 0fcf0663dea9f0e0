// SPDX-License-Identifier: MIT
//
// Consistent hashing (Karger et al. 1997): each member has points on a circle
// of 64-bit hashes, a key belongs to the first point at or after its own hash.
// Made once for a set of members, then only read. Equal sets make equal rings
// on all machines, whatever the order of the list; a member's points depend on
// nothing but its name and weight, so that adding or removing one moves only
// its own keys, and a heavier one keeps what it had.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "horde/member_id.hpp"
#include "horde/member_traits.hpp"

namespace horde::placement {

/// Points of a member of the usual weight. More are more even and cost memory;
/// 128 spread the keys of a member over about nine percent of its share.
inline constexpr unsigned points_a_member = 128;

struct weighted_member {
  member_id who;
  std::uint32_t weight = usual_weight; ///< in percent; zero: gets nothing

  friend auto operator<=>(const weighted_member&,
                          const weighted_member&) = default;
};

class hash_ring {
public:
  static constexpr auto nobody = static_cast<std::size_t>(-1);

  hash_ring() = default;

  /// In any order. A member listed twice counts once, with its larger weight.
  explicit hash_ring(std::vector<weighted_member> members);

  /// The owner of `key`; null if the ring is empty. Valid as long as the ring.
  const member_id* choose(std::string_view key) const;

  /// The owner of what has this `key_hash`, as an index into `members()`;
  /// `nobody` if the ring is empty.
  std::size_t owner_of(std::uint64_t hash) const {
    return first_that(hash, [](std::size_t) { return true; });
  }

  /// The first owner from there on of which `fits(index)` is true, or `nobody`.
  template <class Predicate>
  std::size_t first_that(std::uint64_t hash, Predicate fits) const {
    auto begin = place_of(hash);
    for (std::size_t i = 0, at = begin; i < owners_.size(); ++i, ++at) {
      if (at == owners_.size())
        at = 0; // beyond the last point the circle begins again
      if (fits(std::size_t{owners_[at]}))
        return owners_[at];
    }
    return nobody;
  }

  /// How far it is from there to the next point of that owner.
  std::uint64_t distance(std::uint64_t hash, std::size_t owner) const;

  /// Sorted, without those of weight zero.
  const std::vector<member_id>& members() const { return members_; }

private:
  /// The first point at or after `hash`, perhaps the end.
  std::size_t place_of(std::uint64_t hash) const {
    auto at = std::lower_bound(points_.begin(), points_.end(), hash);
    return static_cast<std::size_t>(at - points_.begin());
  }

  // Two arrays, so that the search touches nothing but hashes.
  std::vector<std::uint64_t> points_;
  std::vector<std::uint32_t> owners_; ///< index into `members_`, by point
  std::vector<member_id> members_;
};

} // namespace horde::placement
