// SPDX-License-Identifier: MIT
//
// A member: one replica of a horde, `{horde name, node name}`. The incarnation
// of the node is not part of it: a member list outlives a restart.

#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "horde/fields.hpp"

namespace horde {

struct member_id {
  std::string horde;
  std::string node;

  friend auto operator<=>(const member_id&, const member_id&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::member_id", field("horde", x.horde),
                       field("node", x.node));
  }
};

/// Prints `names@10.0.0.1:4711`.
std::string to_string(const member_id& x);

/// Reads what `to_string` printed: splits at the first `@`.
std::optional<member_id> parse_member_id(std::string_view text);

using members = std::vector<member_id>;

} // namespace horde
