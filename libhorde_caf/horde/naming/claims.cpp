// SPDX-License-Identifier: MIT

#include "horde/naming/claims.hpp"

#include <algorithm>

#include "horde/assert.hpp"
#include "horde/sort_unique.hpp"

namespace horde::naming {

bool claims::remove(std::uint64_t actor) {
  auto& part = actors_.of(actor);
  auto i = part.find(actor);
  HORDE_ASSERT(i != part.end());
  --size_;
  if (--i->second.held > 0)
    return false;
  part.erase(i);
  return true;
}

std::vector<std::uint64_t> claims::hashes_of(std::uint64_t actor) const {
  const auto& part = actors_.of(actor);
  auto i = part.find(actor);
  if (i == part.end())
    return {};
  auto result = i->second.hashes;
  sort_unique(result);
  return result;
}

std::vector<std::uint64_t> claims::take(std::uint64_t actor,
                                        std::size_t at_most) {
  auto& part = actors_.of(actor);
  auto i = part.find(actor);
  if (i == part.end())
    return {};
  auto& all = i->second.hashes;
  auto count = static_cast<std::ptrdiff_t>(std::min(at_most, all.size()));
  std::vector<std::uint64_t> result(all.end() - count, all.end());
  all.resize(all.size() - result.size());
  sort_unique(result);
  return result;
}

} // namespace horde::naming
