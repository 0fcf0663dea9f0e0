// SPDX-License-Identifier: MIT

#include "horde/scheduling/owner_view.hpp"

namespace horde::scheduling {

namespace {

// Lives of nodes that we remember. Beyond it the oldest is forgotten: its
// records were taken over long ago.
constexpr std::size_t max_nodes = 4096;

bool is_superseded(const placed_record& x, const membership::roster& members) {
  if (x.member == members.self())
    return true; // an earlier life of ourselves
  auto now = members.find(x.member);
  return now != nullptr && now->replica != replica_id{}
         && now->replica != x.replica && now->node.life > x.pid.node;
}

} // namespace

void owner_view::node_changed(const node_id& who, node_state state) {
  nodes_[who.life] = state;
  if (nodes_.size() > max_nodes)
    nodes_.erase(nodes_.begin());
}

void owner_view::peer_up(replica_id replica) {
  stopped_.erase(replica);
}

void owner_view::peer_down(replica_id replica, bool stopped) {
  if (!stopped)
    return;
  stopped_.insert(replica);
  if (stopped_.size() > max_nodes)
    stopped_.erase(stopped_.begin());
}

location owner_view::locate(const placed_record& x,
                            const membership::roster& members,
                            replica_id self) const {
  if (x.replica == self)
    return location::here;
  if (members.departed().contains(x.replica) || stopped_.contains(x.replica)
      || is_superseded(x, members))
    return location::gone;
  if (auto listed = members.find(x.replica))
    return listed->status == member_status::dead ? location::gone
                                                 : location::there;
  auto node = nodes_.find(x.pid.node);
  if (node == nodes_.end())
    return location::unknown;
  switch (node->second) {
  case node_state::up:
  case node_state::suspect: return location::there;
  case node_state::down:
  case node_state::left: return location::gone;
  }
  return location::unknown;
}

} // namespace horde::scheduling
