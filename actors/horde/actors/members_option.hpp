// SPDX-License-Identifier: MIT
//
// The three ways to say who is in a horde, as an option at its start.

#pragma once

#include <functional>
#include <variant>

#include "horde/actors/messages.hpp"
#include "horde/member_id.hpp"

namespace horde {

/// Every visible node that runs this horde; the node listener keeps it current.
struct automatic_t {
  explicit automatic_t() = default;
};
inline constexpr automatic_t automatic{};

/// From what is visible to a member list.
using members_function = std::function<members(const node_view&)>;

/// `automatic`; a list: these and no others, counted when they are available;
/// or a function: its answer at the start is the list until `set_members`
/// changes it.
using members_option = std::variant<automatic_t, members, members_function>;

} // namespace horde
