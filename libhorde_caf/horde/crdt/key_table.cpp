// SPDX-License-Identifier: MIT

#include "horde/crdt/key_table.hpp"

#include <utility>

#include "horde/assert.hpp"

namespace horde::crdt {

const key_table::link& key_table::locate(const link& chain, std::uint64_t hash,
                                         std::string_view key) {
  auto* x = &chain;
  while (*x && ((*x)->hash < hash || ((*x)->hash == hash && (*x)->key < key)))
    x = &(*x)->next;
  return *x;
}

key_table::link& key_table::locate(std::uint64_t hash, std::string_view key) {
  return const_cast<link&>(locate(buckets_[bucket_of(hash)], hash, key));
}

key_table::entry* key_table::find(std::uint64_t hash,
                                  std::string_view key) const {
  const auto& x = locate(buckets_[bucket_of(hash)], hash, key);
  return x && x->hash == hash && x->key == key ? x.get() : nullptr;
}

key_table::entry& key_table::obtain(std::uint64_t hash, std::string_view key) {
  if (auto x = find(hash, key))
    return *x;
  if (size_ == buckets_.size())
    resize(bits_ + 1);
  auto& place = locate(hash, key);
  place = std::make_unique<entry>(
    entry{hash, std::string{key}, {}, std::move(place)});
  ++size_;
  return *place;
}

void key_table::erase(std::uint64_t hash, std::string_view key) {
  auto& place = locate(hash, key);
  HORDE_ASSERT(place && place->hash == hash && place->key == key);
  auto next = std::move(place->next);
  place = std::move(next);
  --size_;
  // A quarter of what growing would ask for, so that no key makes the table
  // change its size back and forth.
  if (bits_ > fewest_bits && size_ < buckets_.size() / 4)
    resize(bits_ - 1);
}

void key_table::resize(unsigned bits) {
  auto old = std::exchange(buckets_, std::vector<link>(std::size_t{1} << bits));
  bits_ = bits;
  for (auto& chain : old)
    while (chain) {
      auto x = std::move(chain);
      chain = std::move(x->next);
      auto& place = locate(x->hash, x->key);
      x->next = std::move(place);
      place = std::move(x);
    }
}

} // namespace horde::crdt
