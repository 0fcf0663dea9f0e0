// SPDX-License-Identifier: MIT
//
// Turns what nodes are there into member lists: it watches the node and drives
// `set_members` of the hordes it keeps, by itself or only when asked. The
// function from what is visible to members is replaceable.

#pragma once

#include <vector>

#include <caf/actor.hpp>

#include "horde/actors/members_option.hpp"
#include "horde/actors/node.hpp"
#include "horde/actors/protocol.hpp"

namespace horde {

class registry;
class dynamic_supervisor;

/// A horde that a listener keeps: made from a registry or a supervisor.
struct kept_horde {
  kept_horde(std::string horde, caf::actor actor)
      : name(std::move(horde)), member(std::move(actor)) {}
  kept_horde(const registry& x);
  kept_horde(const dynamic_supervisor& x);
  std::string name;
  caf::actor member;
};

/// By itself after each change, or only on a `refresh` message.
enum class listen_when : std::uint8_t { automatically, on_request };
inline constexpr auto on_request = listen_when::on_request;

/// Everybody who is a member or visible, but nodes that said goodbye. A node
/// that is down stays: down is a status, never a removal.
members everybody(const node_view& seen, const std::string& horde);

struct listener_options {
  std::vector<kept_horde> hordes{};
  listen_when when = listen_when::automatically;
  /// Empty: `everybody`. Runs in the listener; if it throws, the list stays.
  members_function members{};
};

struct node_listener {
  /// Returns an actor that takes `refresh_atom_v`: as a request it is answered
  /// when the lists are right, or with the first error. It ends with `exit` or
  /// when its last handle goes. Fails with `bad_option`.
  static caf::expected<caf::actor> start(node& where, listener_options options);
};

namespace actors {

/// One that shares the threads of user actors, as it may run their function.
caf::actor spawn_listener(node_context& node, listener_options options);

/// The listener that keeps all automatic hordes of a node; takes
/// `keep_members`.
caf::actor spawn_automatic_listener(node_context& node);

} // namespace actors
} // namespace horde
