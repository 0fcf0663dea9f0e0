// SPDX-License-Identifier: MIT
//
// Spreads children evenly over the alive members by their key and the members'
// weights (Horde row D2). Both sides of a split run every child, and one copy
// of each stays when they meet again.

#pragma once

#include <cstdint>

#include "horde/placement/hash_ring.hpp"
#include "horde/placement/strategy.hpp"

namespace horde::placement {

class uniform : public strategy {
public:
  std::string_view name() const override { return "uniform"; }

  /// How often the ring was made: only when alive members or weights changed.
  std::uint64_t rebuilds() const { return rebuilds_; }

protected:
  /// How far it is on the ring from the key to the member.
  std::uint64_t score(const candidate& x, const wish& of,
                      const conditions& now) const override;
  std::size_t pick(const wish& x, const conditions& now,
                   const selection& some) const override;
  void prepared(const std::vector<member_info>& members) override;
  std::string_view reason() const override {
    return "comes first on the ring after the key";
  }

private:
  hash_ring ring_; ///< its members are the candidates
  std::vector<weighted_member> made_of_;
  std::uint64_t rebuilds_ = 0;
};

std::unique_ptr<strategy> make_uniform();

} // namespace horde::placement
