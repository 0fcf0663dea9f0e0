// SPDX-License-Identifier: MIT
//
// Which member runs a child (Horde rows D1, D5). A strategy is told the members
// when they changed and then answers many choices from what it prepared. Only
// alive members that meet the child's constraints are up for choice; a strategy
// says in which order.
//
// Members ask alone. Their answers agree if they see the same members and
// `all_agree` about the wish; else what they see of load and groups, or the
// draw, may tell them apart. So who decides about a child that nobody has is
// not asked here but of the `arbiter`, whose answer is always the same for all.
//
// A strategy of one's own overrides `score`.

#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "horde/errc.hpp"
#include "horde/membership/quorum.hpp"
#include "horde/placement/candidates.hpp"
#include "horde/placement/plan.hpp"
#include "horde/placement/wish.hpp"

namespace horde::placement {

/// The chosen member, valid until the next `prepare`; or why there is none:
/// `no_alive_nodes`, `no_place`, `quorum_not_met`.
using choice = std::variant<const member_id*, failure>;

class strategy {
public:
  virtual ~strategy() = default;

  /// The members of the horde, of every status.
  void prepare(const std::vector<member_info>& members);

  choice choose(const wish& x, const conditions& now = {}) const;

  /// False: nothing is placed now, whoever is alive.
  bool places(const wish& x) const { return !refusal(x); }

  /// Is `who` alive and meets the constraints?
  bool fits(const member_id& who, const wish& x,
            const conditions& now = {}) const;

  /// Is a child of `from` worth moving to `to`, which was chosen? Not if it may
  /// stay and is as well there, or if chance chose.
  bool improves(const member_id& from, const member_id& to, const wish& x,
                const conditions& now = {}) const;

  /// What `choose` says under the same conditions, of each member, and why.
  plan explain(const wish& x, const conditions& now = {}) const;

  /// Do all members that see the same members give the same answer?
  bool all_agree(const wish& x) const {
    return !needs_load() && !needs_draw() && x.place.group.empty();
  }

  virtual std::string_view name() const { return "custom"; }

  /// Does it look at `conditions::children`?
  virtual bool needs_load() const { return false; }

  /// Does it look at `conditions::draw`?
  virtual bool needs_draw() const { return false; }

  /// Does it place children only on the side of a split that has quorum? Then
  /// only that side may remove members that are lost.
  virtual bool needs_quorum() const { return false; }

  /// Do those of `members` that are there have quorum? At most one side of a
  /// split may. Without one of its own: more than half of them.
  virtual bool has_quorum(const std::vector<member_info>& members) const {
    return membership::has_majority(members);
  }

protected:
  /// The lowest score is chosen; equal ones by the hash of key and member.
  virtual std::uint64_t score(const candidate& x, const wish& of,
                              const conditions& now) const = 0;

  /// The index of the candidate with the lowest score among `some`. Override
  /// where there is a faster way.
  virtual std::size_t pick(const wish& x, const conditions& now,
                           const selection& some) const;

  /// The same for a score that the compiler sees.
  template <class Score>
  std::size_t lowest(const wish& x, const selection& some, Score score) const;

  /// Why nothing may be placed at all now.
  virtual std::optional<failure> refusal(const wish&) const { return {}; }

  /// The members changed: `alive()` has the new ones.
  virtual void prepared(const std::vector<member_info>&) {}

  /// What the lowest score means, for `plan::why`.
  virtual std::string_view reason() const { return "has the lowest score"; }

  /// The alive members, sorted by name.
  const candidates& alive() const { return alive_; }

private:
  /// Null if it is not alive.
  const candidate* find(const member_id& who) const;

  candidates alive_;
};

template <class Score>
std::size_t strategy::lowest(const wish& x, const selection& some,
                             Score score) const {
  auto cost = [&](std::size_t i) {
    return rendezvous_cost(alive_[i].seed, x.hash, alive_[i].share);
  };
  auto best = alive_.size();
  std::uint64_t least = 0;
  std::optional<std::uint64_t> cost_of_best; // where it was needed
  for (std::size_t i = 0; i < alive_.size(); ++i) {
    if (!some.contains(i))
      continue;
    auto next = score(alive_[i]);
    if (best == alive_.size() || next < least) {
      best = i;
      least = next;
      cost_of_best.reset();
    } else if (next == least) {
      auto old = cost_of_best ? *cost_of_best : cost(best);
      auto other = cost(i);
      best = other < old ? i : best;
      cost_of_best = std::min(old, other);
    }
  }
  return best;
}

using strategy_factory = std::function<std::unique_ptr<strategy>()>;

} // namespace horde::placement
