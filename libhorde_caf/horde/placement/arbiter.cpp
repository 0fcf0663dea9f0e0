// SPDX-License-Identifier: MIT

#include "horde/placement/arbiter.hpp"

#include "horde/sort_unique.hpp"

namespace horde::placement {

void arbiter::prepare(const std::vector<member_info>& members) {
  std::vector<member_id> alive;
  for (const auto& x : members)
    if (x.status == member_status::alive)
      alive.push_back(x.who);
  sort_unique(alive);
  if (alive == ring_.members())
    return;
  std::vector<weighted_member> equals;
  equals.reserve(alive.size());
  for (auto& who : alive)
    equals.push_back({std::move(who), usual_weight});
  ring_ = hash_ring{std::move(equals)};
}

} // namespace horde::placement
