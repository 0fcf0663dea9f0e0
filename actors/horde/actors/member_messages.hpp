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
struct set_members {
  horde::members list;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::set_members", field("list", x.list));
  }
};

/// Answered with `member_list`.
struct get_members {
  template <class Self>
  static auto fields(Self&) {
    return make_record("horde::get_members");
  }
};

struct member_list {
  member_mode mode{};
  std::vector<member_info> members;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::member_list", field("mode", x.mode),
                       field("members", x.members));
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
