// SPDX-License-Identifier: MIT
//
// A member of a horde as everybody sees it, and the three ways to say who is
// in.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "horde/crdt/dot.hpp"
#include "horde/member_id.hpp"
#include "horde/member_traits.hpp"
#include "horde/node_id.hpp"
#include "horde/time.hpp"

namespace horde {

/// How the members of a horde are set.
///   automatic   every visible node that runs this horde (the node listener)
///   fixed       the list given at start and no others, counted when available
///   dynamic     `set_members` on any one member at any time
enum class member_mode : std::uint8_t { automatic, fixed, dynamic };

constexpr const char* to_string(member_mode x) {
  switch (x) {
  case member_mode::automatic: return "automatic";
  case member_mode::fixed: return "static";
  case member_mode::dynamic: return "dynamic";
  }
  return "???";
}

///   uninitialized  listed, never heard of
///   alive          says so itself, and its node is up
///   suspect        its node is suspect: still counted as there
///   shutting_down  says so itself; nothing new is placed on it
///   dead           its node is down or left, or the member stopped
enum class member_status : std::uint8_t {
  uninitialized,
  alive,
  suspect,
  shutting_down,
  dead,
};

constexpr const char* to_string(member_status x) {
  switch (x) {
  case member_status::uninitialized: return "uninitialized";
  case member_status::alive: return "alive";
  case member_status::suspect: return "suspect";
  case member_status::shutting_down: return "shutting_down";
  case member_status::dead: return "dead";
  }
  return "???";
}

struct member_info {
  member_id who;
  member_status status{};
  node_id node;         ///< with the incarnation last heard of
  replica_id replica{}; ///< zero while uninitialized
  bool linked = false;  ///< we exchange deltas with it (ourselves: true)
  bool reached = false; ///< others that we are linked with say so, too
  wall_time since{};    ///< when we saw it get this status
  std::vector<std::string> labels{}; ///< of its node, as it says
  std::uint32_t weight = usual_weight;

  friend bool operator==(const member_info&, const member_info&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::member_info", field("who", x.who),
                       field("status", x.status), field("node", x.node),
                       field("replica", x.replica), field("linked", x.linked),
                       field("reached", x.reached), field("since", x.since),
                       field("labels", x.labels), field("weight", x.weight));
  }
};

} // namespace horde
