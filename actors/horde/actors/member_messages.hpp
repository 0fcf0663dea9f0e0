// SPDX-License-Identifier: MIT
//
// What the members of every horde are asked, registries and supervisors alike.

#pragma once

#include <vector>

#include "horde/actors/caf_compat.hpp"
#include "horde/membership/member.hpp"

namespace horde {

/// Replaces the member list of a dynamic horde, on any one member. Answered
/// with nothing once applied here; reaches all others, also the removed ones.
/// Fails with `quorum_not_met` on a supervisor whose strategy needs quorum if
/// the present members have none and `force` is false. Force it only if the
/// others are lost for good: they would keep the former list, and run the same
/// children.
struct set_members {
  horde::members list;
  bool force = false; ///< a registry needs no quorum
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::set_members", field("list", x.list),
                       field("force", x.force));
  }
};

/// Answered with `member_list`, as the asked member sees it.
struct get_members {
  template <class Self>
  static auto fields(Self&) {
    return make_record("horde::get_members");
  }
};

struct member_list {
  member_mode mode{};
  std::vector<member_info> members; ///< sorted by member id
  member_id self;                   ///< who says so
  wall_time when{};                 ///< by its clock, as `member_info::since`
  bool has_quorum = false;          ///< see `wait_for_quorum`
  std::vector<std::string> refused; ///< who may not join and why, newest last
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::member_list", field("mode", x.mode),
                       field("members", x.members), field("self", x.self),
                       field("when", x.when), field("has_quorum", x.has_quorum),
                       field("refused", x.refused));
  }
};

/// Answered with nothing as soon as the asked member has quorum: it talks to
/// more than half of the members, itself and those that are down counted, or to
/// as many as the strategy of a supervisor wants. Fails with `timeout` after
/// `limit`, at most a day, and with `shutting_down` if the member stops first.
/// An automatic horde knows only of those that it has met: a node that is alone
/// is all of its horde. Wait for so many nodes first.
struct wait_for_quorum {
  duration limit = std::chrono::hours{24};
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::wait_for_quorum", field("limit", x.limit));
  }
};

/// Answered with `registry_status`, `supervisor_status` or `node_status`.
struct get_status {
  template <class Self>
  static auto fields(Self&) {
    return make_record("horde::get_status");
  }
};

} // namespace horde
