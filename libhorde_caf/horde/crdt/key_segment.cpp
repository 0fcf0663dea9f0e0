// SPDX-License-Identifier: MIT

#include "horde/crdt/key_segment.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

#include "horde/assert.hpp"

namespace horde::crdt {

// -- records -----------------------------------------------------------------

key_record* key_record::make(std::string_view key, const version_view& x) {
  constexpr auto most = std::numeric_limits<std::uint32_t>::max();
  HORDE_ASSERT(key.size() <= most);
  HORDE_ASSERT(x.value.size() <= most);
  auto size = sizeof(key_record) + key.size() + x.value.size();
  auto result = new (::operator new(size))
    key_record{x.id, x.when, static_cast<std::uint32_t>(key.size()),
               static_cast<std::uint32_t>(x.value.size())};
  key.copy(result->bytes(), key.size());
  x.value.copy(result->bytes() + key.size(), x.value.size());
  return result;
}

void key_record::destroy(key_record* x) {
  x->~key_record();
  ::operator delete(x);
}

// -- segments ----------------------------------------------------------------

key_segment::key_segment(unsigned depth, std::span<const key_slot> slots)
    : depth_(depth) {
  auto is_taken = [](const key_slot& x) { return x.record != nullptr; };
  size_ = static_cast<std::size_t>(std::ranges::count_if(slots, is_taken));
  capacity_ = std::max(fewest, size_ * 7 / 4);
  most_ = capacity_ * 7 / 8;
  // How far right the last slot comes to stand depends on the hashes. The more
  // that is, the more room there should be behind it.
  std::size_t needed = 0;
  for (const auto& x : slots)
    needed = is_taken(x) ? 1 + std::max(needed, index_of(x.hash)) : needed;
  auto beyond = std::max(needed, capacity_) - capacity_;
  length_ = capacity_ + 2 * beyond + capacity_ / 32 + 8;
  slots_ = std::make_unique<key_slot[]>(length_);
  auto next = begin();
  for (const auto& x : slots)
    if (is_taken(x)) {
      next = std::max(next, place_of(x.hash));
      *next++ = x;
    }
}

key_slot* key_segment::lower_bound(std::uint64_t hash, key_slot* from) const {
  // A long row: hashes come in order (a snapshot) or have a prefix in common.
  // From the place of a hash on, what is before it comes first, without a gap.
  auto is_before = [hash](const key_slot& x) { return x.is_before(hash); };
  auto step = usual_way;
  while (end() - from > step && is_before(from[step])) {
    from += step;
    step *= 2;
  }
  return std::partition_point(from, from + std::min(step, end() - from),
                              is_before);
}

key_segment::run key_segment::find(std::uint64_t hash,
                                   std::string_view key) const {
  auto x = lower_bound(hash);
  while (x->has(hash) && x->record->key() < key)
    ++x;
  auto is_there = x->has(hash) && x->record->key() == key;
  return {x, is_there ? end_of_key(x) : x};
}

void key_segment::insert(key_slot* place, key_slot x) {
  auto hole = place;
  while (hole->record)
    ++hole;
  std::move_backward(place, hole, hole + 1);
  *place = x;
  ++size_;
  is_cramped_ |= hole + 1 == end();
}

void key_segment::erase(key_slot* first, key_slot* last) {
  size_ -= static_cast<std::size_t>(last - first);
  std::fill(first, last, key_slot{});
  for (auto x = last; x->record; ++x) {
    first = std::max(first, place_of(x->hash));
    if (first == x)
      return; // it stands where it should, and so do all behind it
    *first++ = std::exchange(*x, {});
  }
}

} // namespace horde::crdt
