// SPDX-License-Identifier: MIT

#include "horde/placement/hash_ring.hpp"

#include <algorithm>
#include <functional>

#include "horde/codec.hpp"
#include "horde/hash.hpp"

namespace horde::placement {

namespace {

// Points and keys are hashed apart, so that a key that looks like a point's
// name does not sit on it.
constexpr std::uint64_t point_space = 0x686f7264652d7074;
constexpr std::uint64_t key_space = 0x686f7264652d6b79;

struct point {
  std::uint64_t at = 0;
  std::uint32_t owner = 0;

  // Equal hashes go to the smaller member, whatever the order of insertion.
  friend auto operator<=>(const point&, const point&) = default;
};

void add_points(std::vector<point>& points, const weighted_member& x,
                std::uint32_t owner) {
  auto name = to_bytes(x.who);
  for (unsigned i = 0; i < x.weight * points_a_member; ++i) {
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
  if (points_.empty())
    return nullptr;
  auto at =
    std::lower_bound(points_.begin(), points_.end(), hash64(key, key_space));
  // Beyond the last point the circle begins again.
  auto place = at == points_.end() ? 0 : at - points_.begin();
  return &members_[owners_[static_cast<std::size_t>(place)]];
}

} // namespace horde::placement
