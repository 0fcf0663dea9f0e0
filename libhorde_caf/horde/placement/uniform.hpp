// SPDX-License-Identifier: MIT
//
// Spreads children evenly over the alive members by their key (Horde row D2).
// Both sides of a split run every child, and one copy of each stays when they
// meet again.

#pragma once

#include <cstdint>

#include "horde/placement/hash_ring.hpp"
#include "horde/placement/strategy.hpp"

namespace horde::placement {

class uniform : public strategy {
public:
  void prepare(const std::vector<member_info>& members) override;
  choice choose(std::string_view key) const override;

  /// How often the ring was made: only when the alive members changed.
  std::uint64_t rebuilds() const { return rebuilds_; }

private:
  hash_ring ring_;
  std::uint64_t rebuilds_ = 0;
};

std::unique_ptr<strategy> make_uniform();

} // namespace horde::placement
