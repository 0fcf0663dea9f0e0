// SPDX-License-Identifier: MIT
//
// What users and tools send to a node, and the answers.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/actor.hpp>

#include "horde/actors/door/config.hpp"
#include "horde/actors/formation/report.hpp"
#include "horde/actors/member_messages.hpp"
#include "horde/membership/node_state.hpp"

namespace horde {

enum class horde_kind : std::uint8_t { registry, supervisor };

constexpr const char* to_string(horde_kind x) {
  switch (x) {
  case horde_kind::registry: return "registry";
  case horde_kind::supervisor: return "supervisor";
  }
  return "???";
}

/// A member that runs on a node, as its node tells others.
struct hosted_member {
  member_id who;
  horde_kind kind{};
  replica_id replica{};
  std::string settings; ///< must be equal on all members; compared as text
  caf::actor actor;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::hosted_member", field("who", x.who),
                       field("kind", x.kind), field("replica", x.replica),
                       field("settings", x.settings), field("actor", x.actor));
  }
};

struct node_info {
  node_id who;
  endpoint at;
  node_state state{};
  bool linked = false;
  wall_time since{};
  std::vector<std::string> hordes;
  std::uint64_t unsent = 0; ///< bytes that wait to be sent to it
  wall_time last_contact{}; ///< the epoch: never heard of it ourselves
  /// Of a datagram beside the link, smoothed; 0 while unknown.
  duration round_trip{};
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::node_info", field("who", x.who),
                       field("at", x.at), field("state", x.state),
                       field("linked", x.linked), field("since", x.since),
                       field("hordes", x.hordes), field("unsent", x.unsent),
                       field("last_contact", x.last_contact),
                       field("round_trip", x.round_trip));
  }
};

struct node_status {
  node_id self;
  std::string cluster;
  endpoint at;
  std::vector<node_info> nodes;      ///< all others that are known
  std::vector<hosted_member> hordes; ///< that run on this node
  actors::door_counters door;
  std::vector<formation_status> formation; ///< a topology each
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::node_status", field("self", x.self),
                       field("cluster", x.cluster), field("at", x.at),
                       field("nodes", x.nodes), field("hordes", x.hordes),
                       field("door", x.door), field("formation", x.formation));
  }
};

/// The sender gets a `node_event` for each node known and then for each change,
/// in order, until it ends. Answered with nothing.
struct subscribe_nodes {
  template <class Self>
  static auto fields(Self&) {
    return make_record("horde::subscribe_nodes");
  }
};

/// The sender gets a `formation_event` for each thing that happens with a
/// topology from now on, until it ends. Answered with nothing.
struct subscribe_formation {
  template <class Self>
  static auto fields(Self&) {
    return make_record("horde::subscribe_formation");
  }
};

/// Looks for nodes now. Answered with nothing, at once; fails with `not_found`
/// if there is no such topology.
struct refresh_formation {
  std::string topology; ///< empty: all
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::refresh_formation",
                       field("topology", x.topology));
  }
};

/// Suggests that a node is there. Answered with nothing, at once.
struct connect_to {
  endpoint to;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::connect_to", field("to", x.to));
  }
};

/// Answered with nothing as soon as `count` nodes are up, this one included;
/// fails with `timeout` after `limit`, at most a day.
struct wait_for_nodes {
  std::uint64_t count = 0;
  duration limit = std::chrono::hours{24};
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::wait_for_nodes", field("count", x.count),
                       field("limit", x.limit));
  }
};

/// Which members the nodes up or suspect run, this one included; what a
/// function from visible nodes to members gets.
struct node_view {
  node_id self;
  std::vector<hosted_member> visible;
  std::vector<std::string> left;    ///< names of nodes that said goodbye
  std::vector<member_info> current; ///< members of the horde in question

  /// All visible members of the horde with this name.
  members visible_members_of(const std::string& horde) const;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::node_view", field("self", x.self),
                       field("visible", x.visible), field("left", x.left),
                       field("current", x.current));
  }
};

/// Answered with `node_view` (`current` empty).
struct get_node_view {
  template <class Self>
  static auto fields(Self&) {
    return make_record("horde::get_node_view");
  }
};

} // namespace horde
