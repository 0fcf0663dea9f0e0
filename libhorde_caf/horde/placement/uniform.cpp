// SPDX-License-Identifier: MIT

#include "horde/placement/uniform.hpp"

namespace horde::placement {

void uniform::prepared(const std::vector<member_info>&) {
  std::vector<weighted_member> next;
  next.reserve(alive().size());
  for (const auto& x : alive().all())
    next.push_back({x.who, x.weight});
  if (next == made_of_)
    return;
  ring_ = hash_ring{next};
  made_of_ = std::move(next);
  ++rebuilds_;
}

std::size_t uniform::pick(const wish& x, const conditions&,
                          const selection& some) const {
  if (some.is_all())
    return ring_.owner_of(x.hash);
  return ring_.first_that(x.hash,
                          [&some](std::size_t i) { return some.contains(i); });
}

std::uint64_t uniform::score(const candidate& x, const wish& of,
                             const conditions&) const {
  auto i = static_cast<std::size_t>(&x - alive().all().data());
  return ring_.distance(of.hash, i);
}

std::unique_ptr<strategy> make_uniform() {
  return std::make_unique<uniform>();
}

} // namespace horde::placement
