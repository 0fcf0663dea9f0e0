// SPDX-License-Identifier: MIT
//
// What the members of one node share. Made by `node::start`, handed to each
// member at its start; everything in it is thread-safe or never changes.

#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <utility>

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>

#include "horde/actors/child_identities.hpp"
#include "horde/actors/contact_table.hpp"
#include "horde/actors/endings.hpp"
#include "horde/actors/factory_table.hpp"
#include "horde/actors/local_members.hpp"
#include "horde/actors/process_table.hpp"
#include "horde/actors/time_source.hpp"
#include "horde/hash.hpp"
#include "horde/node_id.hpp"
#include "horde/sync/config.hpp"

namespace horde::actors {

/// The key is not of the secret: that may change, and nodes in the middle of a
/// change must still find out what they differ in, also with what is stored on
/// disk. So everybody knows this key (docs/security.md says what that means).
inline sync::config sync_config_of(const std::string& cluster) {
  sync::config result;
  result.digest_key = hash64("horde digests 1/" + cluster);
  result.cluster = cluster;
  return result;
}

struct node_context {
  explicit node_context(caf::actor_system& s) : sys(s), time(s) {}

  caf::actor_system& sys;
  time_source time;
  node_id self;
  member_traits traits;
  process_table processes;
  child_identities children;
  local_members members;
  contact_table contacts;
  endings ends; ///< of the node, its listener and its members
  factory_table types;
  sync::config sync; ///< of all members; equal on all nodes of the cluster
  /// Members and node run in threads of their own, so that user actors that
  /// block the whole pool cannot stop them. Tests with virtual time switch it
  /// off.
  bool own_threads = true;
  caf::actor node;
  caf::actor listener; ///< keeps the automatic hordes
};

using node_context_ptr = std::shared_ptr<node_context>;

/// Spawns the node, its listener or a member: hidden, and with a thread of its
/// own unless time is virtual.
template <class F, class... Ts>
caf::actor spawn_own(node_context& node, F body, Ts&&... xs) {
  auto result = node.own_threads
                  ? node.sys.spawn<caf::detached + caf::hidden>(
                    body, std::forward<Ts>(xs)...)
                  : node.sys.spawn<caf::hidden>(body, std::forward<Ts>(xs)...);
  node.ends.watch(result);
  return result;
}

/// The same for actors that are of a class.
template <std::derived_from<caf::event_based_actor> Actor, class... Ts>
caf::actor spawn_own(node_context& node, Ts&&... xs) {
  auto result = node.own_threads
                  ? node.sys.spawn<Actor, caf::detached + caf::hidden>(
                    std::forward<Ts>(xs)...)
                  : node.sys.spawn<Actor, caf::hidden>(std::forward<Ts>(xs)...);
  node.ends.watch(caf::actor_cast<caf::actor>(result));
  return caf::actor_cast<caf::actor>(result);
}

} // namespace horde::actors
