// SPDX-License-Identifier: MIT
//
// Takes the member that has the least children for its weight, the new one
// included: a small member gets none as long as a large one has less to do.
// Equal ones are told apart by the hash of key and member, so that members that
// see the same choose the same.

#pragma once

#include "horde/placement/strategy.hpp"

namespace horde::placement {

class least_loaded final : public strategy {
public:
  std::string_view name() const override { return "least_loaded"; }
  bool needs_load() const override { return true; }

protected:
  /// Children and the new one, 100 000 for each at the usual weight.
  std::uint64_t score(const candidate& x, const wish& of,
                      const conditions& now) const override;
  std::size_t pick(const wish& x, const conditions& now,
                   const selection& some) const override;
  std::string_view reason() const override {
    return "has the least children for its weight";
  }
};

std::unique_ptr<strategy> make_least_loaded();

} // namespace horde::placement
