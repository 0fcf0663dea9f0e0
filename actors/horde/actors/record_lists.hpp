// SPDX-License-Identifier: MIT
//
// Lists of records, each under a key, that one writer changes while any number
// of threads read. All there is to a list are its records: links are in them,
// and the first one is found by the key.
//
// `Policy` says what a key is (`key`), which one a record has (`key_of`), the
// hash of a key, and where the links of a record are.

#pragma once

#include <atomic>
#include <cstdint>

#include "horde/actors/flat_index.hpp"

namespace horde::actors {

/// Of a record in one list. A reader of one that was taken out gets on to those
/// behind it.
template <class Record>
struct list_links {
  std::atomic<Record*> next = nullptr;
  Record* previous = nullptr; ///< for the writer
};

template <class Record, class Policy>
class record_lists {
public:
  using key = typename Policy::key;

  // -- the writer: one at a time ---------------------------------------------

  void link(Record& x) {
    auto hash = hash_of(x);
    auto behind = first_of(Policy::key_of(x), hash);
    links(x).next.store(behind, std::memory_order_relaxed);
    if (!behind)
      return first_.insert(&x, hash);
    links(*behind).previous = &x;
    first_.replace(behind, &x, hash);
  }

  /// `x` takes the place of `old` under the same key, so that no reader sees
  /// both or neither.
  void relink(Record& old, Record& x) {
    auto behind = links(old).next.load(std::memory_order_relaxed);
    auto before = links(old).previous;
    links(x).next.store(behind, std::memory_order_relaxed);
    links(x).previous = before;
    if (behind)
      links(*behind).previous = &x;
    if (before)
      links(*before).next.store(&x, std::memory_order_release);
    else
      first_.replace(&old, &x, hash_of(x));
  }

  /// Returns true if it was the last one.
  bool unlink(Record& x) {
    auto behind = links(x).next.load(std::memory_order_relaxed);
    auto before = links(x).previous;
    if (behind)
      links(*behind).previous = before;
    if (before)
      links(*before).next.store(behind, std::memory_order_release);
    else if (behind)
      first_.replace(&x, behind, hash_of(x));
    else
      first_.remove(&x, hash_of(x));
    return !behind && !before;
  }

  /// Begins to load what `link` looks at first.
  void prefetch(key k) const { first_.prefetch(Policy::hash_of(k)); }

  // -- readers: with an `rcu::reader` in hand, or the writer -----------------

  /// Visits the records of one key until `f` returns false.
  template <class F>
  void for_each(key k, F f) const {
    for (auto x = first_of(k, Policy::hash_of(k)); x;
         x = links(*x).next.load(std::memory_order_acquire))
      if (!f(*x))
        return;
  }

  bool contains(key k) const {
    return first_of(k, Policy::hash_of(k)) != nullptr;
  }

private:
  static std::uint64_t hash_of(const Record& x) {
    return Policy::hash_of(Policy::key_of(x));
  }

  struct by_key {
    static std::uint64_t hash_of(const Record& x) {
      return record_lists::hash_of(x);
    }
  };

  static auto& links(Record& x) { return Policy::links_of(x); }

  Record* first_of(key k, std::uint64_t hash) const {
    return first_.find(hash,
                       [&](const Record& x) { return Policy::key_of(x) == k; });
  }

  flat_index<Record, by_key> first_;
};

} // namespace horde::actors
