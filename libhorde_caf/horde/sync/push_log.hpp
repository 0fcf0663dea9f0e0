// SPDX-License-Identifier: MIT
//
// The log of local writes, from which neighbours are pushed. A write is one
// small record: the hash of its key and the dots it speaks for. What is sent is
// made from the map when a group leaves: for each hash written, once, all its
// current versions and those of the dots that are gone by then. So a group is
// always as new as the map, and hot keys batch by themselves.
//
// Invariant: a group (previous, upto] speaks for every write with a sequence in
// that range. So "applied up to s" means that no write up to s can get lost.

#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "horde/crdt/aw_lww_map.hpp"
#include "horde/sync/config.hpp"
#include "horde/sync/message.hpp"

namespace horde::sync {

/// Encoded once and shared by all neighbours at the same position.
struct group {
  std::uint64_t previous = 0;
  std::uint64_t upto = 0;
  std::uint64_t number = 0; ///< not 0: for one neighbour only
  std::shared_ptr<const std::string> bytes;
};

/// What a neighbour is to be told beside our own writes, by hash: the dots that
/// others' writes spoke for.
using relay_queue = std::map<std::uint64_t, std::vector<crdt::dot>>;

class push_log {
public:
  /// Sequence of the newest write.
  std::uint64_t newest() const { return oldest_ + records_.size(); }

  std::size_t size() const { return records_.size(); }

  /// Notes a write and drops the oldest ones beyond `most` records.
  std::uint64_t append(std::uint64_t hash, std::span<const crdt::dot> dots,
                       std::size_t most);

  /// Notes that everything in `seen` was removed.
  std::uint64_t append_clear(crdt::causal_context seen, std::size_t most);

  /// Forgets the writes up to `sequence`.
  void trim(std::uint64_t sequence);

  /// The next news for a neighbour that has everything up to `position`.
  /// Requires: position < newest().
  const group& group_after(std::uint64_t position, const crdt::aw_lww_map& map,
                           const config& limits);

  /// The same for one neighbour that others do not reach: what was told of
  /// `relayed` is taken out of it. `number`: unique. Requires: there is
  /// something to tell.
  group group_after(std::uint64_t position, const crdt::aw_lww_map& map,
                    const config& limits, relay_queue& relayed,
                    std::uint64_t number);

private:
  struct record {
    std::uint64_t hash = 0;
    std::uint64_t before = 0; ///< the write of the same hash before; 0: none
    std::size_t dots = 0;     ///< how many of `dots_` belong to it
    std::uint64_t first_dot = 0;
  };

  /// The newest write of a hash that is indexed. Zero: an empty slot. What is
  /// not in the log any more counts as absent.
  struct slot {
    std::uint64_t hash = 0;
    std::uint64_t sequence = 0;
  };

  const record& at(std::uint64_t sequence) const;
  std::uint64_t push(record x, std::size_t most);
  void drop_first();
  bool is_clear(std::uint64_t sequence) const {
    return !clears_.empty() && clears_.contains(sequence);
  }
  /// Links the writes of each hash, which is not needed before a group is made:
  /// so noting a write costs next to nothing.
  void index();
  void make_index_for(std::size_t writes);
  slot& slot_of(std::uint64_t hash);

  /// Appends the dots that the writes of a hash after `position` speak for.
  void spoken_after(std::uint64_t position, std::uint64_t hash,
                    std::vector<crdt::dot>& out);
  /// Adds the item of a hash, of which `spoken_` was said, if the limit of
  /// bytes allows it.
  bool add_item(push_writer& out, std::uint64_t hash, bool is_relayed,
                const crdt::aw_lww_map& map, std::size_t most_bytes);
  /// Adds own writes after `previous`, but for the hashes that were `told`.
  group finish(push_writer& out, std::uint64_t previous,
               const crdt::aw_lww_map& map, const config& limits,
               const std::unordered_set<std::uint64_t>& told);

  std::uint64_t oldest_ = 0; ///< writes up to here are not in it any more
  std::deque<record> records_;
  std::deque<crdt::dot> dots_;
  std::uint64_t dots_dropped_ = 0;
  std::vector<slot> slots_; ///< open addressing; at most half of it is used
  std::size_t used_slots_ = 0;
  std::uint64_t indexed_ = 0; ///< sequence up to which it is
  std::map<std::uint64_t, crdt::causal_context> clears_; ///< by sequence
  group recent_;                                         ///< encoded last
  crdt::news item_;                                      ///< scratch
  std::vector<crdt::dot> spoken_;                        ///< scratch
};

} // namespace horde::sync
