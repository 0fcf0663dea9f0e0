// SPDX-License-Identifier: MIT

#include "horde/naming/claims.hpp"

#include "horde/assert.hpp"

namespace horde::naming {

void claims::add(std::uint64_t actor, std::uint64_t hash) {
  auto& fresh = *by_hash_.of(hash).emplace(hash, node{actor});
  auto& first = actors_.of(actor)[actor];
  fresh.second.next = first;
  if (first)
    first->second.previous = &fresh;
  first = &fresh;
  ++size_;
}

void claims::remove(std::uint64_t actor, std::uint64_t hash) {
  auto& part = by_hash_.of(hash);
  auto i = part.find(hash);
  while (i->second.actor != actor)
    ++i;
  HORDE_ASSERT(i->first == hash);
  auto& x = i->second;
  if (x.next)
    x.next->second.previous = x.previous;
  if (x.previous)
    x.previous->second.next = x.next;
  else if (x.next)
    actors_.of(actor)[actor] = x.next;
  else
    actors_.of(actor).erase(actor);
  part.erase(i);
  --size_;
}

std::vector<std::uint64_t> claims::hashes_of(std::uint64_t actor,
                                             std::size_t at_most) const {
  std::vector<std::uint64_t> result;
  const auto& part = actors_.of(actor);
  auto first = part.find(actor);
  const item* x = first != part.end() ? first->second : nullptr;
  for (; x && result.size() < at_most; x = x->second.next)
    result.push_back(x->first);
  return result;
}

} // namespace horde::naming
