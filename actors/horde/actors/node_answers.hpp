// SPDX-License-Identifier: MIT
//
// What a node answers to those who ask whom it sees, made from its machine and
// its directory.

#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "horde/actors/door/entrance.hpp"
#include "horde/actors/member_directory.hpp"
#include "horde/actors/messages.hpp"
#include "horde/membership/cluster_view.hpp"

namespace horde::actors {

inline node_event event_of(const membership::cluster_view::known_node& x) {
  return {x.state, x.who, x.at, "known", x.since};
}

inline node_view view_of(const membership::cluster_view& view,
                         const member_directory& directory) {
  node_view result{view.self(), directory.visible(), {}, {}};
  for (const auto& x : view.nodes())
    if (x.state == node_state::left)
      result.left.push_back(x.who.name);
  return result;
}

/// Nodes that are up, this one included.
inline std::size_t count_up(const membership::cluster_view& view) {
  auto all = view.nodes();
  return 1
         + static_cast<std::size_t>(std::ranges::count(
           all, node_state::up, &membership::cluster_view::known_node::state));
}

inline std::vector<node_info> infos_of(const membership::cluster_view& view,
                                       const member_directory& directory,
                                       const entrance& door) {
  std::vector<node_info> result;
  for (const auto& x : view.nodes())
    result.push_back({x.who, x.at, x.state, x.link != 0, x.since,
                      directory.hordes_of(x.who.life), door.unsent(x.link)});
  return result;
}

} // namespace horde::actors
