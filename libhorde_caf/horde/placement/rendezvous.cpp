// SPDX-License-Identifier: MIT

#include "horde/placement/rendezvous.hpp"

namespace horde::placement {

std::uint64_t rendezvous::score(const candidate& x, const wish& of,
                                const conditions&) const {
  return rendezvous_cost(x.seed, of.hash, x.share);
}

std::uint64_t at_random::score(const candidate& x, const wish&,
                               const conditions& now) const {
  return rendezvous_cost(x.seed, now.draw, x.share);
}

std::size_t rendezvous::pick(const wish& x, const conditions& now,
                             const selection& some) const {
  return lowest(x, some, [&](const candidate& y) { return score(y, x, now); });
}

std::size_t at_random::pick(const wish& x, const conditions& now,
                            const selection& some) const {
  return lowest(x, some, [&](const candidate& y) { return score(y, x, now); });
}

std::unique_ptr<strategy> make_rendezvous() {
  return std::make_unique<rendezvous>();
}

std::unique_ptr<strategy> make_random() {
  return std::make_unique<at_random>();
}

} // namespace horde::placement
