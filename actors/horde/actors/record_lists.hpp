// SPDX-License-Identifier: MIT
//
// Lists of records, each under a key, that one writer changes while any number
// of threads read. The links are in the records; a list ends with its last.
//
// `Policy` says what a key is (`key`, and `view` to look for it), its hash,
// where the links of a record are, and what else belongs to a list (`state`).

#pragma once

#include <atomic>
#include <cstdint>

#include "horde/actors/flat_index.hpp"
#include "horde/actors/rcu.hpp"

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
  using key_view = typename Policy::view;

  struct list : rcu::node {
    static void destroy(list* x) { delete x; }
    typename Policy::key key{};
    typename Policy::state state{};
    std::atomic<Record*> first = nullptr;
  };

  record_lists() = default;
  record_lists(const record_lists&) = delete;
  record_lists& operator=(const record_lists&) = delete;
  ~record_lists() {
    for (std::size_t i = 0; i < lists_.shard_count; ++i)
      lists_.for_each_in(i, [](list& x) { delete &x; });
  }

  // -- the writer: one at a time ---------------------------------------------

  /// The list of that key, an empty one if there is none: `link` something. It
  /// is there as long as a record is in it.
  list& make(key_view key) {
    auto p = find(key);
    if (!p) {
      p = new list;
      p->key = typename Policy::key{key};
      lists_.insert(p);
    }
    return *p;
  }

  /// From now on readers of the list see it.
  void link(Record& x, list& to) {
    auto behind = to.first.load(std::memory_order_relaxed);
    links(x).next.store(behind, std::memory_order_relaxed);
    if (behind)
      links(*behind).previous = &x;
    to.first.store(&x, std::memory_order_release);
  }

  /// `x` takes the place of `old` under the same key, so that no reader sees
  /// both or neither.
  void relink(Record& old, Record& x, key_view key) {
    auto behind = links(old).next.load(std::memory_order_relaxed);
    auto before = links(old).previous;
    links(x).next.store(behind, std::memory_order_relaxed);
    links(x).previous = before;
    if (behind)
      links(*behind).previous = &x;
    auto& to = before ? links(*before).next : find(key)->first;
    to.store(&x, std::memory_order_release);
  }

  void unlink(Record& x, key_view key) {
    auto behind = links(x).next.load(std::memory_order_relaxed);
    auto before = links(x).previous;
    if (behind)
      links(*behind).previous = before;
    if (before)
      return links(*before).next.store(behind, std::memory_order_release);
    auto p = find(key);
    p->first.store(behind, std::memory_order_release);
    if (behind)
      return;
    lists_.remove(p);
    rcu::retire(p);
  }

  // -- readers: with an `rcu::reader` in hand, or the writer -----------------

  /// Visits the records of one key until `f` returns false.
  template <class F>
  void for_each(key_view key, F f) const {
    if (auto p = find(key))
      for (auto x = p->first.load(std::memory_order_acquire); x;
           x = links(*x).next.load(std::memory_order_acquire))
        if (!f(*x))
          return;
  }

  list* find(key_view key) const {
    list* result = nullptr;
    lists_.find(Policy::hash_of(key), [&](list& x) {
      if (x.key != key)
        return false;
      result = &x;
      return true;
    });
    return result;
  }

private:
  struct by_key {
    static std::uint64_t hash_of(const list& x) {
      return Policy::hash_of(x.key);
    }
  };

  static auto& links(Record& x) { return Policy::links_of(x); }

  flat_index<list, by_key> lists_;
};

} // namespace horde::actors
