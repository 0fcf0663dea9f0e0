// SPDX-License-Identifier: MIT

#include "horde/placement/uniform.hpp"

#include <algorithm>

namespace horde::placement {

void uniform::prepare(const std::vector<member_info>& members) {
  std::vector<member_id> alive;
  for (const auto& x : members)
    if (x.status == member_status::alive)
      alive.push_back(x.who);
  std::sort(alive.begin(), alive.end());
  if (alive == ring_.members())
    return;
  std::vector<weighted_member> weighted;
  weighted.reserve(alive.size());
  for (const auto& who : alive)
    weighted.push_back({who, 1});
  ring_ = hash_ring{std::move(weighted)};
  ++rebuilds_;
}

choice uniform::choose(std::string_view key) const {
  if (auto who = ring_.choose(key))
    return who;
  return failure{errc::no_alive_nodes,
                 "no member of the horde is alive, so there is nobody to run '"
                   + std::string{key} + "'"};
}

std::unique_ptr<strategy> make_uniform() {
  return std::make_unique<uniform>();
}

} // namespace horde::placement
