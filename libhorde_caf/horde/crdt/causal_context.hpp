// SPDX-License-Identifier: MIT
//
// Which dots were seen: for each replica the ranges of counters. In the usual
// case that is one range from 1 on; ranges beyond a gap are the cloud of the
// papers. A context never claims a dot whose outcome was not delivered (the
// rule of docs/protocol.md).
//
// Replicas that departed are forgotten: a replica that is not known and was
// born before the horizon counts as seen whole, whatever it wrote. So the
// contexts of all replicas that ever lived take no more than the ranges of
// those that count, and one number. It is still a set of dots: contexts are
// joined by their union, and all that is proved about contexts holds.

#pragma once

#include <cstdint>
#include <vector>

#include "horde/codec.hpp"
#include "horde/crdt/dot.hpp"
#include "horde/crdt/range_set.hpp"
#include "horde/hash.hpp"

namespace horde::crdt {

/// A peer cannot push the horizon further (year 2106), so that there is always
/// a later era for a new id to be born in.
inline constexpr era last_horizon = last_era / 2;

class causal_context {
public:
  bool contains(dot x) const;

  /// The largest counter seen of `who`, gaps or not. Zero: none.
  std::uint64_t latest(replica_id who) const;

  /// Returns false if `x` was seen before. Counters start at 1: the dot with
  /// counter 0 counts as always seen.
  bool add(dot x);

  /// Returns true if somebody was forgotten.
  bool join(const causal_context& other);

  // -- departed replicas -----------------------------------------------------

  /// From now on `who` is known, if it is not forgotten: whether it has written
  /// or not, to forget others is not to forget it.
  void know(replica_id who) { obtain(who); }

  /// All of `who` counts as seen from now on, and takes nothing. So does all of
  /// every other replica that is not known and was born in the same era or
  /// before. Returns false, and does nothing, if that era is absurd.
  bool forget(replica_id who);

  bool is_forgotten(replica_id who) const;

  /// Replicas that were born before it are known or forgotten.
  era horizon() const { return horizon_; }

  /// Those that are known, ascending.
  std::vector<replica_id> replicas() const;

  std::size_t size() const { return rows_.size(); } ///< of `replicas`

  /// No dot of others, or of somebody that is forgotten, is in it.
  bool is_only_of(replica_id who) const;

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
    range_set seen;

    friend bool operator==(const row&, const row&) = default;
  };

  const row* find(replica_id who) const;
  /// Null: it is forgotten.
  row* obtain(replica_id who);
  static void decode_ranges(reader& in, range_set& xs);

  std::vector<row> rows_; ///< ascending by id
  era horizon_ = 0;
};

} // namespace horde::crdt
