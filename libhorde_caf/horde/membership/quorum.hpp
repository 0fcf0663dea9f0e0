// SPDX-License-Identifier: MIT
//
// Who is the larger part of a horde. All members of the list count, also those
// that are down or were never heard of; so of the sides of a cut, which all
// have the same list, at most one has a majority. Of an even number of members
// half is none.

#pragma once

#include <algorithm>
#include <vector>

#include "horde/membership/member.hpp"

namespace horde::membership {

/// Do we exchange deltas with this member, and is it there? A suspect one is,
/// as long as its link is; so is one that is shutting down.
inline bool is_there(const member_info& x) {
  return x.linked && x.status != member_status::uninitialized
         && x.status != member_status::dead;
}

/// Are more than half of `members` there? False if there are none.
inline bool has_majority(const std::vector<member_info>& members) {
  auto there = std::ranges::count_if(members, is_there);
  return 2 * static_cast<std::size_t>(there) > members.size();
}

} // namespace horde::membership
