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
//
// The writes of a hash are found through an index: hash chains that lead
// through the records. It is at most a few dozen writes behind, so making a
// group takes time in proportion to the writes that it speaks for, however long
// the log is.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "horde/crdt/aw_lww_map.hpp"
#include "horde/sync/block_queue.hpp"
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

  /// No write has left it yet.
  bool is_whole() const { return oldest_ == 0; }

  /// Notes a write and drops the oldest ones beyond `most` records, but never
  /// the new one.
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
  /// Of dots and sequences the last bits are kept, which tell all of those in
  /// the log apart.
  struct record {
    std::uint64_t hash = 0;
    std::uint32_t first_dot = 0; ///< its dots end where the next one's begin
    std::uint32_t back = 0; ///< writes to the one before in its chain; 0: none
  };

  record& at(std::uint64_t sequence) {
    return records_[static_cast<std::size_t>(sequence - oldest_ - 1)];
  }
  const record& at(std::uint64_t sequence) const {
    return records_[static_cast<std::size_t>(sequence - oldest_ - 1)];
  }
  void make_room(std::size_t most);
  bool is_clear(std::uint64_t sequence) const {
    return !clears_.empty() && clears_.contains(sequence);
  }
  /// Where in `dots_` those of a write begin. The next write's: where they end.
  /// Requires: sequence > oldest_, sequence <= newest() + 1.
  std::size_t first_dot_of(std::uint64_t sequence) const;

  // -- the index -------------------------------------------------------------

  std::size_t place_of(std::uint64_t hash) const {
    return static_cast<std::size_t>(hash & (chains_.size() - 1));
  }
  void index();
  void add_to_chain(std::uint64_t sequence);
  void make_chains_for(std::size_t writes);
  /// The newest write in the chain of `hash`. Zero: there is none.
  std::uint64_t newest_like(std::uint64_t hash) const;
  /// The one before in its chain. Zero: there is none.
  std::uint64_t before(std::uint64_t sequence) const {
    auto back = at(sequence).back;
    return back == 0 ? 0 : sequence - back;
  }
  /// The first write of `hash` in the chain from `sequence` on, newer ones
  /// first, or one that is not after `position`.
  /// Requires: position >= oldest_.
  std::uint64_t find(std::uint64_t hash, std::uint64_t sequence,
                     std::uint64_t position) const;

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
  block_queue<record> records_;
  block_queue<crdt::dot> dots_;
  std::uint32_t dots_dropped_ = 0;
  std::uint64_t indexed_ = 0; ///< writes up to here are in their chains
  /// By the last bits of a hash, a power of two: the newest write of such a
  /// hash, from which its chain begins. It may have left the log.
  std::vector<std::uint32_t> chains_;
  std::map<std::uint64_t, crdt::causal_context> clears_; ///< by sequence
  group recent_;                                         ///< encoded last
  crdt::news item_;                                      ///< scratch
  std::vector<crdt::dot> spoken_;                        ///< scratch
};

} // namespace horde::sync
