// SPDX-License-Identifier: MIT
//
// The log of local writes, from which neighbours are pushed. A write is one
// small record: its key and the dots it speaks for. What is sent is made from
// the map when a group leaves: for each key written, once, all its current
// versions and those of the dots that are gone by then. So a group is always
// as new as the map, and hot keys batch by themselves.
//
// Invariant: a group (previous, upto] speaks for every write with a sequence in
// that range. So "applied up to s" means that no write up to s can get lost.

#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "horde/crdt/aw_lww_map.hpp"
#include "horde/sync/config.hpp"

namespace horde::sync {

/// Encoded once and shared by all neighbours at the same position.
struct group {
  std::uint64_t previous = 0;
  std::uint64_t upto = 0;
  std::shared_ptr<const std::string> bytes;
};

class push_log {
public:
  /// Sequence of the newest write.
  std::uint64_t newest() const { return oldest_ + records_.size(); }

  std::size_t size() const { return records_.size(); }

  /// Notes a write and drops the oldest ones beyond `most` records.
  std::uint64_t append(std::string_view key, std::span<const crdt::dot> dots,
                       std::size_t most);

  /// Forgets the writes up to `sequence`.
  void trim(std::uint64_t sequence);

  /// The next news for a neighbour that has everything up to `position`.
  /// Requires: position < newest().
  const group& group_after(std::uint64_t position, const crdt::aw_lww_map& map,
                           const config& limits);

private:
  /// Key -> sequence of its newest write.
  using key_index = std::unordered_map<std::string, std::uint64_t>;

  struct record {
    key_index::value_type* key = nullptr;
    std::uint64_t before = 0; ///< the write of the same key before; 0: none
    std::size_t dots = 0;     ///< how many of `dots_` belong to it
    std::uint64_t first_dot = 0;
  };

  const record& at(std::uint64_t sequence) const;
  void drop_first();
  /// The dots that the writes of the key of `x` after `position` speak for and
  /// that are not among its current `versions`.
  std::span<const crdt::dot> gone_after(std::uint64_t position, const record& x,
                                        crdt::key_table::versions versions);
  group encode_group(std::uint64_t previous, const crdt::aw_lww_map& map,
                     const config& limits);

  std::uint64_t oldest_ = 0; ///< writes up to here are not in it any more
  std::deque<record> records_;
  std::deque<crdt::dot> dots_;
  std::uint64_t dots_dropped_ = 0;
  key_index keys_;
  group recent_; ///< the group encoded last
  std::vector<crdt::dot> scratch_;
};

} // namespace horde::sync
