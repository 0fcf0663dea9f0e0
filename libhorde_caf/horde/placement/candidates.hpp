// SPDX-License-Identifier: MIT
//
// The members that may run anything at all, the alive ones, and which of them
// meet the constraints of a wish. The same for all strategies.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "horde/errc.hpp"
#include "horde/membership/member.hpp"
#include "horde/placement/plan.hpp"
#include "horde/placement/wish.hpp"

namespace horde::placement {

struct candidate {
  member_id who;
  std::uint64_t seed = 0; ///< for `rendezvous_cost`
  std::uint32_t weight = usual_weight;
  std::uint64_t share = share_of(usual_weight); ///< the lower, the heavier
  std::size_t listed = 0; ///< its place in the list that was prepared
};

/// Some of the candidates, by index. All of them take no memory.
class selection {
public:
  static selection of_all() { return selection{}; }
  static selection of_none(std::size_t n);

  bool is_all() const { return bits_.empty(); }
  bool contains(std::size_t i) const {
    return is_all() || ((bits_[i / 64] >> (i % 64)) & 1) != 0;
  }
  std::size_t count(std::size_t n) const;

  /// Requires: not `of_all`.
  void insert(std::size_t i) { bits_[i / 64] |= std::uint64_t{1} << (i % 64); }
  /// Removes all of which `keep(i)` is false.
  template <class Predicate>
  void filter(std::size_t n, Predicate keep) {
    auto result = of_none(n);
    for (std::size_t i = 0; i < n; ++i)
      if (contains(i) && keep(i))
        result.insert(i);
    *this = std::move(result);
  }
  void intersect(const selection& other);
  void subtract(const selection& other, std::size_t n);

private:
  std::vector<std::uint64_t> bits_;
};

class candidates {
public:
  /// In any order, of every status. A member listed twice counts once.
  void prepare(const std::vector<member_info>& members);

  std::size_t size() const { return alive_.size(); }
  const candidate& operator[](std::size_t i) const { return alive_[i]; }
  const std::vector<candidate>& all() const { return alive_; }

  /// Those that may run it, at least one; or why there is none:
  /// `no_alive_nodes`, `no_place`.
  outcome<selection> fitting(const wish& x, const conditions& now) const;

  /// How each member of the list fits, without scores.
  std::vector<plan_row> rows(const wish& x, const conditions& now) const;

private:
  failure nobody_alive(const wish& x) const;
  failure nobody_fits(const wish& x) const;
  /// Those with the label, which `is_needed`, or without it.
  void keep_labelled(selection& some, const std::string& label,
                     bool is_needed) const;
  std::optional<failure> keep_apart(selection& some, const wish& x,
                                    const conditions& now) const;
  void judge(plan_row& row, const member_info& member, const wish& x) const;

  std::vector<member_info> listed_;
  std::vector<candidate> alive_; ///< sorted by name
  std::map<std::string, selection, std::less<>> with_label_;
};

} // namespace horde::placement
