// SPDX-License-Identifier: MIT
//
// A hash index of records that one writer changes while any number of threads
// read: open addressing over words that hold a pointer and, above it, sixteen
// bits of the hash, so that most others are told apart without a look at them.
// Divided into shards, each of which grows by itself: no write has more to do
// than to copy one shard.
//
// `Policy::hash_of(const Record&)` is what a record is found by; several may
// have the same. Records are not owned.

#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "horde/actors/rcu.hpp"

namespace horde::actors {

template <class Record, class Policy>
class flat_index {
public:
  static constexpr std::size_t shard_count = 256;

  flat_index() = default;
  flat_index(const flat_index&) = delete;
  flat_index& operator=(const flat_index&) = delete;
  ~flat_index() {
    for (auto& x : shards_)
      delete x.table.load(std::memory_order_relaxed);
  }

  // -- the writer: one at a time; who calls knows the hash of the record ------

  void insert(Record* x, std::uint64_t hash) {
    auto& s = shard_of(hash);
    if (is_full(s))
      rebuild(s);
    auto& t = *s.table.load(std::memory_order_relaxed);
    auto i = hash & t.mask;
    while (is_record(t.at[i].load(std::memory_order_relaxed)))
      i = (i + 1) & t.mask;
    s.used += t.at[i].load(std::memory_order_relaxed) == empty ? 1 : 0;
    ++s.size;
    t.at[i].store(pack(x, hash), std::memory_order_release);
  }

  /// Requires: `old` is in it, and has the same hash.
  void replace(const Record* old, Record* x, std::uint64_t hash) {
    slot_of(*old, hash).store(pack(x, hash), std::memory_order_release);
  }

  /// Requires: it is in it.
  void remove(const Record* x, std::uint64_t hash) {
    slot_of(*x, hash).store(removed, std::memory_order_release);
    --shard_of(hash).size;
  }

  // -- readers: with an `rcu::reader` in hand, or the writer -----------------

  /// The first one with that hash of which `is_it` returns true, which is asked
  /// about some others, too. Null: there is none.
  template <class Predicate>
  Record* find(std::uint64_t hash, Predicate is_it) const {
    auto t = shard_of(hash).table.load(std::memory_order_acquire);
    if (!t)
      return nullptr;
    for (auto i = hash & t->mask;; i = (i + 1) & t->mask) {
      auto word = t->at[i].load(std::memory_order_acquire);
      if (word == empty)
        return nullptr;
      if (word >> 48 == hash >> 48 && is_record(word))
        if (auto x = record_of(word); is_it(*x))
          return x;
    }
  }

  /// Begins to load what `find` looks at first.
  void prefetch(std::uint64_t hash) const {
    if (auto t = shard_of(hash).table.load(std::memory_order_acquire))
      __builtin_prefetch(&t->at[hash & t->mask]);
  }

  /// Visits all in one shard. What is there throughout is visited; what is
  /// taken out and put in again meanwhile may be so twice.
  template <class F>
  void for_each_in(std::size_t shard, F f) const {
    auto t = shards_[shard].table.load(std::memory_order_acquire);
    if (!t)
      return;
    for (std::size_t i = 0; i <= t->mask; ++i) {
      auto word = t->at[i].load(std::memory_order_acquire);
      if (is_record(word))
        f(*record_of(word));
    }
  }

  /// Neither by the bits of the place nor by those beside the pointer.
  static std::size_t shard_of_hash(std::uint64_t hash) {
    return hash >> 40 & (shard_count - 1);
  }

private:
  using word = std::atomic<std::uint64_t>;
  static constexpr std::uint64_t empty = 0;
  static constexpr std::uint64_t removed = 1;
  static constexpr std::size_t fewest = 8; ///< places

  struct words : rcu::node {
    explicit words(std::size_t n)
        : mask(n - 1), at(std::make_unique<word[]>(n)) {}
    static void destroy(words* x) { delete x; }
    std::size_t mask;
    std::unique_ptr<word[]> at;
  };

  struct alignas(64) shard {
    std::atomic<words*> table = nullptr;
    std::size_t size = 0; ///< records
    std::size_t used = 0; ///< words that are not empty
  };

  static bool is_record(std::uint64_t word) { return word > removed; }
  static std::uint64_t pack(Record* x, std::uint64_t hash) {
    // Addresses of processes have 48 bits or less.
    return reinterpret_cast<std::uint64_t>(x) | hash >> 48 << 48;
  }
  static Record* record_of(std::uint64_t word) {
    return reinterpret_cast<Record*>(word << 16 >> 16);
  }

  shard& shard_of(std::uint64_t hash) { return shards_[shard_of_hash(hash)]; }
  const shard& shard_of(std::uint64_t hash) const {
    return shards_[shard_of_hash(hash)];
  }

  word& slot_of(const Record& x, std::uint64_t hash) {
    auto& t = *shard_of(hash).table.load(std::memory_order_relaxed);
    auto i = hash & t.mask;
    while (record_of(t.at[i].load(std::memory_order_relaxed)) != &x)
      i = (i + 1) & t.mask;
    return t.at[i];
  }

  static bool is_full(const shard& s) {
    auto t = s.table.load(std::memory_order_relaxed);
    return !t || (s.used + 1) * 4 > (t->mask + 1) * 3;
  }

  /// Without the words of what was removed, with room for as many again.
  static void rebuild(shard& s) {
    auto old = s.table.load(std::memory_order_relaxed);
    auto places = fewest;
    while (places < 2 * (s.size + 1))
      places *= 2;
    auto fresh = std::make_unique<words>(places);
    for (std::size_t i = 0; old && i <= old->mask; ++i) {
      auto word = old->at[i].load(std::memory_order_relaxed);
      if (!is_record(word))
        continue;
      auto j = Policy::hash_of(*record_of(word)) & fresh->mask;
      while (fresh->at[j].load(std::memory_order_relaxed) != empty)
        j = (j + 1) & fresh->mask;
      fresh->at[j].store(word, std::memory_order_relaxed);
    }
    s.used = s.size;
    s.table.store(fresh.release(), std::memory_order_release);
    if (old)
      rcu::retire(old);
  }

  std::array<shard, shard_count> shards_;
};

} // namespace horde::actors
