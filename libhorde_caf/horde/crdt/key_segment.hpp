// SPDX-License-Identifier: MIT
//
// A part of the key table: the versions of all keys whose hashes start with the
// same bits, as slots in the order of (hash, key, later first). A slot stands
// at the place that its hash asks for or, if that is taken, further right, and
// no slot between the two is empty: linear probing that keeps the order and
// does not wrap around. So a hash is found by arithmetic, walking over the
// slots is walking in order, and no record is looked into for either.
//
// The size of a segment is given by what it is made from; when it is full or
// sparse the table makes others from its content.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "horde/crdt/version.hpp"

namespace horde::crdt {

/// A version in memory: one block, key and value follow it.
struct key_record {
  dot id;
  stamp when;
  std::uint32_t key_size;
  std::uint32_t value_size;

  std::string_view key() const { return {bytes(), key_size}; }
  version_view view() const {
    return {id, when, {bytes() + key_size, value_size}};
  }
  const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
  char* bytes() { return reinterpret_cast<char*>(this + 1); }

  static key_record* make(std::string_view key, const version_view& x);
  static void destroy(key_record* x);
};

struct key_slot {
  std::uint64_t hash = 0;
  key_record* record = nullptr; ///< null: empty

  bool has(std::uint64_t x) const { return record && hash == x; }
  bool is_before(std::uint64_t x) const { return record && hash < x; }
};

class key_segment {
public:
  /// The slots of one key. If there are none: where they belong.
  struct run {
    key_slot* first;
    key_slot* last;
  };

  /// Takes over what is in these slots; empty ones are left out. Does not own
  /// the records.
  /// Requires: they are in order, all hashes have `depth` first bits in common.
  key_segment(unsigned depth, std::span<const key_slot> slots);

  /// How many first bits its hashes have in common.
  unsigned depth() const { return depth_; }

  std::size_t size() const { return size_; }

  /// True if there must be room made before the next `insert`. Never at first.
  bool is_full() const { return size_ >= most_ || is_cramped_; }

  /// True if less memory would do.
  bool is_sparse() const { return size_ < capacity_ * 3 / 8; }

  /// True if there is a smaller one.
  bool can_shrink() const { return capacity_ > fewest; }

  /// True if so many slots should rather be two segments.
  static bool is_worth_two(std::size_t size) { return size > usual; }

  /// True if so many slots are best in one segment.
  static bool is_worth_one(std::size_t size) { return size < usual * 2 / 3; }

  /// The first slot with `hash` or a greater one, or the empty one where such a
  /// slot belongs.
  key_slot* lower_bound(std::uint64_t hash) const {
    auto x = place_of(hash);
    for (auto last = x + usual_way; x != last; ++x)
      if (!x->is_before(hash))
        return x;
    return lower_bound(hash, x);
  }

  run find(std::uint64_t hash, std::string_view key) const;

  /// The slot behind the last one of the key in `x`. Requires: not empty.
  static key_slot* end_of_key(key_slot* x) {
    auto key = x->record->key();
    auto hash = x->hash;
    do
      ++x;
    while (x->has(hash) && x->record->key() == key);
    return x;
  }

  /// Requires: not full, and `x` belongs to that place.
  void insert(key_slot* place, key_slot x);

  /// Closes the gap. Requires: `first` and `last` are in one row of slots that
  /// are not empty.
  void erase(key_slot* first, key_slot* last);

  /// All slots from `begin` to `end`, and the empty one at `end`.
  key_slot* begin() const { return slots_.get(); }
  key_slot* end() const { return slots_.get() + length_ - 1; }

  /// Where `hash` belongs if no other is in its way.
  key_slot* place_of(std::uint64_t hash) const {
    return begin() + index_of(hash);
  }

private:
  static constexpr std::size_t fewest = 16;      ///< places
  static constexpr std::ptrdiff_t usual_way = 8; ///< from place to slot
  static constexpr std::size_t usual = 1200;     ///< slots taken at most

  /// Requires: it is not in front of `from`, and the row reaches until there.
  key_slot* lower_bound(std::uint64_t hash, key_slot* from) const;

  std::size_t index_of(std::uint64_t hash) const {
    return static_cast<std::size_t>(((hash << depth_) >> 32) * capacity_ >> 32);
  }

  unsigned depth_;
  bool is_cramped_ = false; ///< the slots at the end are taken
  std::size_t size_ = 0;
  std::size_t capacity_; ///< places that hashes ask for
  std::size_t most_;     ///< slots taken, else it is full
  std::size_t length_;   ///< of slots; the last one stays empty
  std::unique_ptr<key_slot[]> slots_;
};

} // namespace horde::crdt
