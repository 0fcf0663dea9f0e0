// SPDX-License-Identifier: MIT
//
// Which dots were seen: for each replica the ranges of counters. In the usual
// case that is one range from 1 on; ranges beyond a gap are the cloud of the
// papers. A context never claims a dot whose outcome was not delivered (the
// rule of docs/protocol.md).

#pragma once

#include <cstdint>
#include <vector>

#include "horde/codec.hpp"
#include "horde/crdt/dot.hpp"
#include "horde/crdt/range_set.hpp"
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
  struct row {
    replica_id who{};
    range_set seen; ///< not empty

    friend bool operator==(const row&, const row&) = default;
  };

  const range_set* find(replica_id who) const;
  range_set& obtain(replica_id who);
  static void decode_ranges(reader& in, range_set& xs);

  std::vector<row> rows_; ///< ascending by id
};

} // namespace horde::crdt
