// SPDX-License-Identifier: MIT

#include "horde/placement/hash_ring.hpp"

#include <functional>

#include "horde/codec.hpp"
#include "horde/hash.hpp"
#include "horde/placement/hashes.hpp"

namespace horde::placement {

namespace {

// Points and keys are hashed apart, so that a key that looks like a point's
// name does not sit on it.
constexpr std::uint64_t point_space = 0x686f7264652d7074;

struct point {
  std::uint64_t at = 0;
  std::uint32_t owner = 0;

  // Equal hashes go to the smaller member, whatever the order of insertion.
  friend auto operator<=>(const point&, const point&) = default;
};

void add_points(std::vector<point>& points, const weighted_member& x,
                std::uint32_t owner) {
  auto name = to_bytes(x.who);
  // At least one, for there are more points than percents.
  auto share = std::uint64_t{x.weight} * points_a_member / usual_weight;
  for (std::uint64_t i = 0; i < share; ++i) {
    auto text = name;
    writer{text}.fixed64(i);
    points.push_back({hash64(text, point_space), owner});
  }
}

} // namespace

hash_ring::hash_ring(std::vector<weighted_member> members) {
  std::sort(members.begin(), members.end(), std::greater<>{});
  auto same = [](const auto& x, const auto& y) { return x.who == y.who; };
  members.erase(std::unique(members.begin(), members.end(), same),
                members.end());
  std::erase_if(members, [](const auto& x) { return x.weight == 0; });
  std::reverse(members.begin(), members.end());
  std::vector<point> points;
  for (const auto& x : members) {
    add_points(points, x, static_cast<std::uint32_t>(members_.size()));
    members_.push_back(x.who);
  }
  std::sort(points.begin(), points.end());
  points_.reserve(points.size());
  owners_.reserve(points.size());
  for (const auto& x : points) {
    points_.push_back(x.at);
    owners_.push_back(x.owner);
  }
}

const member_id* hash_ring::choose(std::string_view key) const {
  auto owner = owner_of(key_hash(key));
  return owner != nobody ? &members_[owner] : nullptr;
}

std::uint64_t hash_ring::distance(std::uint64_t hash, std::size_t owner) const {
  auto begin = place_of(hash);
  for (std::size_t i = 0; i < owners_.size(); ++i) {
    auto at = (begin + i) % owners_.size();
    if (owners_[at] == owner)
      return points_[at] - hash; // modulo 2^64, as the circle
  }
  return ~std::uint64_t{0};
}

} // namespace horde::placement
