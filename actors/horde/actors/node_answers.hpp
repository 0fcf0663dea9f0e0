// SPDX-License-Identifier: MIT
//
// What a node answers to those who ask whom it sees, made from its machine and
// its directory.

#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "horde/actors/door/entrance.hpp"
#include "horde/actors/log.hpp"
#include "horde/actors/member_directory.hpp"
#include "horde/actors/messages.hpp"
#include "horde/actors/node_links.hpp"
#include "horde/actors/node_shell.hpp"
#include "horde/actors/protocol.hpp"
#include "horde/membership/cluster_view.hpp"

namespace horde::actors {

inline node_event event_of(const membership::cluster_view::known_node& x) {
  return {x.state, x.who, x.at, "known", x.since};
}

/// Each node that is known, as an event.
inline void tell_known(const membership::cluster_view& view,
                       const caf::strong_actor_ptr& to) {
  for (const auto& x : view.nodes())
    deliver(nullptr, to, caf::make_message(event_of(x)));
}

/// What a node tells of its own end.
inline node_event superseded(const node_id& self, const endpoint& at,
                             const failure& why, wall_time when) {
  log().error("node_superseded name={} why=\"{}\"", self.name, why.what);
  return {node_state::down, self, at, why.what, when};
}

inline node_view view_of(const membership::cluster_view& view,
                         const member_directory& directory) {
  node_view result{view.self(), directory.visible(), {}, {}};
  for (const auto& x : view.nodes())
    if (x.state == node_state::left)
      result.left.push_back(x.who.name);
  return result;
}

/// Linked peers that did not say goodbye themselves: those close their links.
inline std::vector<node_links::peer>
to_part_from(const membership::cluster_view& view, const node_links& links) {
  std::vector<node_links::peer> result;
  for (const auto& [life, p] : links.peers())
    if (view.state_of(p.who) != node_state::left)
      result.push_back(p);
  return result;
}

/// Tells the view when bytes last came in over each link.
inline void hear_links(membership::cluster_view& view, const node_links& links,
                       const entrance& door) {
  for (const auto& [life, p] : links.peers())
    if (auto at = door.last_heard(p.link))
      view.heard_link(p.link, *at);
}

/// Why `who`, which listens at `at`, may not be linked.
inline std::optional<refusal> refusal_for(const membership::cluster_view& view,
                                          const node_id& who,
                                          const endpoint& at) {
  auto why = view.refusal_of(who, at);
  if (!why)
    return std::nullopt;
  auto newest = view.newest_life(who.name).value_or(view.self().life);
  return refusal{view.self(), std::move(*why), newest};
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
                      directory.hordes_of(x.who.life), door.unsent(x.link),
                      x.last_contact, x.round_trip.value_or(duration{})});
  return result;
}

inline node_status status_of(const node_parts& parts,
                             const membership::cluster_view& view,
                             const member_directory& directory,
                             std::vector<formation_status> formation) {
  return {parts.context->self,
          parts.cluster,
          parts.at,
          infos_of(view, directory, *parts.entrance),
          directory.hordes(),
          parts.entrance->counters(),
          std::move(formation)};
}

/// Registries read it, see `registry::last_contact`. `x` may be null.
inline void note_contact(contact_table& to,
                         const membership::cluster_view::known_node* x) {
  if (x && (x->state == node_state::up || x->state == node_state::suspect))
    to.note(x->who.life, x->last_contact);
}

} // namespace horde::actors
