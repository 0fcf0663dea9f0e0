// SPDX-License-Identifier: MIT
//
// What is known of a node, and the event that tells when it changes.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "horde/endpoint.hpp"
#include "horde/node_id.hpp"
#include "horde/time.hpp"

namespace horde {

/// `suspect`: silent or its link broke, still counted as there. `down`: given
/// up, or replaced by a newer incarnation. `left`: said goodbye. Not the same
/// as membership.
enum class node_state : std::uint8_t { up, suspect, down, left };

constexpr const char* to_string(node_state x) {
  switch (x) {
  case node_state::up: return "up";
  case node_state::suspect: return "suspect";
  case node_state::down: return "down";
  case node_state::left: return "left";
  }
  return "???";
}

/// A node changed its state. Events of one node come in order. `down` of the
/// node that tells it: a newer incarnation of its name took its place while it
/// was cut off, so it has stopped its members and is leaving.
struct node_event {
  node_state what{};
  node_id who;
  endpoint at;        ///< where it listens, as far as known
  std::string reason; ///< for people: "connection closed", "superseded", ...
  wall_time when{};

  friend bool operator==(const node_event&, const node_event&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::node_event", field("what", x.what),
                       field("who", x.who), field("at", x.at),
                       field("reason", x.reason), field("when", x.when));
  }
};

/// What one node tells another about a third.
struct peer_info {
  node_id who;
  endpoint at;
  node_state state{};
  /// How long ago it was last heard of; `max` if that is not known.
  duration silent_for = duration::max();

  friend bool operator==(const peer_info&, const peer_info&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::peer_info", field("who", x.who),
                       field("at", x.at), field("state", x.state),
                       field("silent_for", x.silent_for));
  }
};

} // namespace horde
