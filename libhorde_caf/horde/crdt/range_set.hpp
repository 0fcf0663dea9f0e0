// SPDX-License-Identifier: MIT
//
// A set of counters as ranges that are merged as far as they touch. In the
// usual case that is one range. While a snapshot arrives, in the order of
// hashes, there are about as many as keys: so they are in blocks of limited
// size, and an insertion moves no more than one block (a flat list would cost
// O(n) a counter, and a tree costs a cache miss for each of its levels).

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace horde::crdt {

class range_set {
public:
  /// Both ends included.
  struct range {
    std::uint64_t first = 0;
    std::uint64_t last = 0;

    friend bool operator==(const range&, const range&) = default;
  };

  /// Returns false if all of `x` was in here before.
  /// Requires: 0 < x.first <= x.last.
  bool insert(range x);

  bool contains(std::uint64_t x) const;

  /// The largest counter. Zero: none.
  std::uint64_t last() const {
    return blocks_.empty() ? 0 : blocks_.back().back().last;
  }

  /// The number of ranges.
  std::size_t size() const { return size_; }

  /// Visits all ranges, ascending. There is a gap between any two.
  template <class F>
  void for_each(F f) const {
    for (const auto& xs : blocks_)
      for (const auto& x : xs)
        f(x);
  }

  friend bool operator==(const range_set& x, const range_set& y);

private:
  using block = std::vector<range>; ///< ascending, not empty

  struct place {
    std::size_t block = 0;
    std::size_t offset = 0;
  };

  /// The last range that begins at or before `x`. Requires: there is one.
  place find(std::uint64_t x) const;
  bool begins_behind(std::uint64_t x) const {
    return blocks_.empty() || x < blocks_.front().front().first;
  }
  /// Adds a range where nothing touches it from below.
  place add(range x);
  /// Merges into the range at `at` those behind it that it reaches.
  void swallow(place at);
  /// The same within `xs`, from `offset` on. Returns true if none is left.
  bool swallow(range& x, block& xs, std::size_t offset);

  std::vector<block> blocks_; ///< ascending
  std::size_t size_ = 0;
};

} // namespace horde::crdt
