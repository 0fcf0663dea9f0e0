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

std::unique_ptr<strategy> make_rendezvous() {
  return std::make_unique<rendezvous>();
}

std::unique_ptr<strategy> make_random() {
  return std::make_unique<at_random>();
}

} // namespace horde::placement
