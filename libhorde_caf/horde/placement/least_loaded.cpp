// SPDX-License-Identifier: MIT

#include "horde/placement/least_loaded.hpp"

namespace horde::placement {

std::uint64_t least_loaded::score(const candidate& x, const wish&,
                                  const conditions& now) const {
  std::uint64_t children =
    x.listed < now.children.size() ? now.children[x.listed] : 0;
  return (children + 1) * x.share;
}

std::size_t least_loaded::pick(const wish& x, const conditions& now,
                               const selection& some) const {
  return lowest(x, some, [&](const candidate& y) { return score(y, x, now); });
}

std::unique_ptr<strategy> make_least_loaded() {
  return std::make_unique<least_loaded>();
}

} // namespace horde::placement
