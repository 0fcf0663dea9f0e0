// SPDX-License-Identifier: MIT
//
// The node actor: the one place that knows connections. It performs what
// `membership::cluster_view` decides, tells members and subscribers who came
// and went, and introduces the members that run here to those that run
// elsewhere.

#pragma once

#include <memory>
#include <string>

#include <caf/actor.hpp>

#include "horde/actors/door/entrance.hpp"
#include "horde/actors/node.hpp"
#include "horde/actors/node_context.hpp"
#include "horde/actors/node_formation.hpp"

namespace horde::actors {

/// What the node actor is made of; lives as long as the actor.
struct node_parts {
  node_context_ptr context;
  std::string cluster;
  endpoint at; ///< what others are told
  membership::cluster_config timing;
  std::vector<endpoint> seeds;
  std::shared_ptr<actors::entrance> entrance; ///< listening, not yet open
  std::uint64_t seed = 0;
  std::shared_ptr<topologies> formation{}; ///< started by who spawns the node
};

caf::actor spawn_node(node_parts parts);

} // namespace horde::actors
