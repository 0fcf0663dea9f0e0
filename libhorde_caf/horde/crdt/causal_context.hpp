// SPDX-License-Identifier: MIT
//
// Which dots were seen: for each replica the ranges of counters, merged as far
// as they touch. In the usual case that is one range from 1 on; ranges beyond a
// gap are the cloud of the papers. A context never claims a dot whose outcome
// was not delivered (the rule of docs/protocol.md).

#pragma once

#include <cstdint>
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

  /// The counter up to which every dot of `who` was seen.
  std::uint64_t contiguous(replica_id who) const;

  /// Returns false if `x` was seen before. Counters start at 1: the dot with
  /// counter 0 counts as always seen.
  bool add(dot x);

  void join(const causal_context& other);

  /// True if every dot of `other` is in here.
  bool includes(const causal_context& other) const;

  /// Equal contexts have equal digests.
  hash128 digest(std::uint64_t key) const;

  bool empty() const { return rows_.empty(); }

  /// Replicas known, and ranges beyond a gap: the size of the metadata.
  std::size_t replicas() const { return rows_.size(); }
  std::size_t cloud_size() const;

  friend bool operator==(const causal_context&,
                         const causal_context&) = default;

  friend void encode(writer& out, const causal_context& x);
  /// Refuses every form but the one that `encode` makes.
  friend void decode(reader& in, causal_context& x);

private:
  /// Both ends included.
  struct range {
    std::uint64_t first = 0;
    std::uint64_t last = 0;

    friend bool operator==(const range&, const range&) = default;
  };
  using ranges = std::vector<range>; ///< ascending; a gap between any two

  struct row {
    replica_id who{};
    ranges seen; ///< not empty

    friend bool operator==(const row&, const row&) = default;
  };

  const ranges* find(replica_id who) const;
  ranges& obtain(replica_id who);
  static const range* range_at_or_after(const ranges& xs, std::uint64_t x);
  static ranges merge(const ranges& xs, const ranges& ys);
  static void decode_ranges(reader& in, ranges& xs);

  std::vector<row> rows_; ///< ascending by id
};

} // namespace horde::crdt
