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

  // -- departed replicas -----------------------------------------------------

  /// `who` made `last` writes and none will come. If all were seen, then from
  /// now on everything of it counts as seen, and neither digest nor equality
  /// depends on it. Else returns false.
  bool retire(replica_id who, std::uint64_t last);

  /// Drops a retired replica: as if it had never been.
  void forget(replica_id who);

  bool is_retired(replica_id who) const;

  /// The number of replicas that have written, and are not retired.
  std::size_t size() const;

  /// Equal contexts have equal digests.
  hash128 digest(std::uint64_t key) const;

  friend bool operator==(const causal_context& a, const causal_context& b);

  /// With retired replicas, which others may not have seen whole.
  friend void encode(writer& out, const causal_context& x);
  /// Refuses every form but the one that `encode` makes.
  friend void decode(reader& in, causal_context& x);

private:
  struct row {
    replica_id who{};
    range_set seen; ///< not empty
    bool retired = false;

    friend bool operator==(const row&, const row&) = default;
  };

  const row* find(replica_id who) const;
  row& obtain(replica_id who);
  void encode_rows(writer& out, bool with_retired) const;
  static void decode_ranges(reader& in, range_set& xs);

  std::vector<row> rows_; ///< ascending by id
};

} // namespace horde::crdt
