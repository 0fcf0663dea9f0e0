// SPDX-License-Identifier: MIT
//
// Which dots were seen: for each replica the ranges of counters, merged as far
// as they touch. In the usual case that is one range from 1 on; ranges beyond a
// gap are the cloud of the papers. While a snapshot arrives, in the order of
// hashes, there are about as many ranges as keys: so they are in a tree, and a
// dot costs O(log ranges). A context never claims a dot whose outcome was not
// delivered (the rule of docs/protocol.md).

#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "horde/codec.hpp"
#include "horde/crdt/dot.hpp"
#include "horde/hash.hpp"

namespace horde::crdt {

class causal_context {
public:
  bool contains(dot x) const;

  /// The largest counter seen of `who`, gaps or not. Zero: none.
  std::uint64_t latest(replica_id who) const;

  /// Returns false if `x` was seen before. Counters start at 1: the dot with
  /// counter 0 counts as always seen.
  bool add(dot x);

  void join(const causal_context& other);

  /// Equal contexts have equal digests.
  hash128 digest(std::uint64_t key) const;

  friend bool operator==(const causal_context&,
                         const causal_context&) = default;

  friend void encode(writer& out, const causal_context& x);
  /// Refuses every form but the one that `encode` makes.
  friend void decode(reader& in, causal_context& x);

private:
  /// First -> last, both included; a gap between any two.
  using ranges = std::map<std::uint64_t, std::uint64_t>;

  struct row {
    replica_id who{};
    ranges seen; ///< not empty

    friend bool operator==(const row&, const row&) = default;
  };

  const ranges* find(replica_id who) const;
  ranges& obtain(replica_id who);
  /// Returns false if all of it was in `xs` before.
  static bool insert(ranges& xs, std::uint64_t first, std::uint64_t last);
  static void decode_ranges(reader& in, ranges& xs);

  std::vector<row> rows_; ///< ascending by id
};

} // namespace horde::crdt
