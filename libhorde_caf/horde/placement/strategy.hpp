// SPDX-License-Identifier: MIT
//
// Which member runs a child (Horde rows D1, D5). A strategy is told the members
// when they changed and then answers many choices from what it prepared. All
// members ask alone and must come to the same answer, so a strategy may depend
// on nothing but the members, their statuses and the key.

#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <variant>
#include <vector>

#include "horde/errc.hpp"
#include "horde/membership/member.hpp"
#include "horde/membership/quorum.hpp"

namespace horde::placement {

/// The chosen member, valid until the next `prepare`; or why there is none:
/// `no_alive_nodes`, `quorum_not_met`.
using choice = std::variant<const member_id*, failure>;

class strategy {
public:
  virtual ~strategy() = default;

  /// The members of the horde, sorted, of every status. Only alive ones may be
  /// chosen.
  virtual void prepare(const std::vector<member_info>& members) = 0;

  virtual choice choose(std::string_view key) const = 0;

  /// Does it place children only on the side of a split that has quorum? Then
  /// only that side may remove members that are lost.
  virtual bool needs_quorum() const { return false; }

  /// Do those of `members` that are there have quorum? At most one side of a
  /// split may. Without one of its own: more than half of them.
  virtual bool has_quorum(const std::vector<member_info>& members) const {
    return membership::has_majority(members);
  }
};

using strategy_factory = std::function<std::unique_ptr<strategy>()>;

} // namespace horde::placement
