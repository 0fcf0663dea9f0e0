// SPDX-License-Identifier: MIT
//
// Like `uniform`, but only where the members that are there have quorum (Horde
// row D3), so that of the sides of a split at most one runs a child.
//
// The members that count are those that are not shutting down. If their number
// is even, the first by name does not count either: of two halves the one
// without it has quorum, and never both. Quorum is more than half of those that
// count.

#pragma once

#include "horde/placement/uniform.hpp"

namespace horde::placement {

class quorum final : public uniform {
public:
  std::string_view name() const override { return "quorum"; }
  bool needs_quorum() const override { return true; }
  bool has_quorum(const std::vector<member_info>& members) const override;

protected:
  std::optional<failure> refusal(const wish& x) const override;
  void prepared(const std::vector<member_info>& members) override;

private:
  struct tally {
    std::size_t counted = 0;
    std::size_t there = 0; ///< of those
    bool is_enough() const { return 2 * there > counted; }
  };
  static tally count(const std::vector<member_info>& members);

  tally tally_;
};

std::unique_ptr<strategy> make_quorum();

} // namespace horde::placement
