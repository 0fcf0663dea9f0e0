// SPDX-License-Identifier: MIT

#include "horde/scheduling/absentees.hpp"

#include <utility>

namespace horde::scheduling {

namespace {

bool is_absent(const member_info& x, const membership::roster& members,
               const sync::replica& map) {
  return x.status != member_status::uninitialized
         && x.status != member_status::dead && !x.linked
         && !members.state_of(x.node.life)
         && !map.is_reached_by_others(x.replica);
}

} // namespace

std::vector<node_id> absentees::check(const membership::roster& members,
                                      const sync::replica& map, duration limit,
                                      instant now) {
  auto before = std::exchange(since_, {});
  std::vector<node_id> result;
  for (const auto& x : members.members()) {
    if (!is_absent(x, members, map))
      continue;
    auto known = before.find(x.replica);
    auto since = known != before.end() ? known->second : now;
    if (now - since >= limit)
      result.push_back(x.node);
    else
      since_.emplace(x.replica, since);
  }
  return result;
}

} // namespace horde::scheduling
