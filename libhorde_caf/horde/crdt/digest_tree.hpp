// SPDX-License-Identifier: MIT
//
// Sums of 128-bit hashes over the space of key hashes, for each range that
// starts with the same bits: a Merkle tree whose inner nodes are sums, so that
// a change costs one addition a level and its order does not matter. Two
// replicas find where they differ by comparing nodes from the root down
// (docs/protocol.md).
//
// Only the upper levels are kept, so many that a node of the deepest one stands
// for a few dozen keys; what is below is summed up when somebody asks.

#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "horde/hash.hpp"

namespace horde::crdt {

/// All hashes with the same first `3 * level` bits. Level 0: all hashes.
struct tree_node {
  static constexpr unsigned bits = 3; ///< more that each level tells apart
  static constexpr unsigned fan_out = 1U << bits;
  static constexpr unsigned deepest = 20; ///< level

  unsigned level = 0;
  std::uint64_t prefix = 0; ///< the bits in common, as a number

  /// The node of that level that `hash` belongs to.
  static tree_node of(std::uint64_t hash, unsigned level) {
    return {level, level == 0 ? 0 : hash >> (64 - bits * level)};
  }

  std::uint64_t first() const {
    return level == 0 ? 0 : prefix << (64 - bits * level);
  }
  std::uint64_t last() const {
    return level == 0 ? ~std::uint64_t{0}
                      : first() + (~std::uint64_t{0} >> (bits * level));
  }
  /// Requires: level < deepest, i < fan_out.
  tree_node child(unsigned i) const {
    return {level + 1, (prefix << bits) + i};
  }
  /// Which child of this node `hash` belongs to. Requires: level < deepest.
  unsigned child_of(std::uint64_t hash) const {
    return static_cast<unsigned>(hash >> (64 - bits * (level + 1)))
           & (fan_out - 1);
  }

  friend bool operator==(const tree_node&, const tree_node&) = default;
};

/// The digests of the children of a node.
using child_digests = std::array<hash128, tree_node::fan_out>;

void add(hash128& sum, hash128 x);
void subtract(hash128& sum, hash128 x);

class digest_tree {
public:
  digest_tree() : levels_(1, std::vector<hash128>(1)) {}

  /// Adds the `share` of something with that key hash.
  void add(std::uint64_t hash, hash128 share);

  /// Undoes an `add`.
  void subtract(std::uint64_t hash, hash128 share);

  /// The deepest level that is kept.
  unsigned depth() const { return static_cast<unsigned>(levels_.size()) - 1; }

  /// Requires: x.level <= depth().
  const hash128& at(tree_node x) const {
    return levels_[x.level][static_cast<std::size_t>(x.prefix)];
  }

  /// True if with so many keys one more level is worth its memory.
  bool is_shallow_for(std::size_t keys) const {
    return depth() < tree_node::deepest
           && keys > (most_keys << (tree_node::bits * depth()));
  }

  /// True if one level less would do.
  bool is_deep_for(std::size_t keys) const {
    return depth() > 0
           && keys < (most_keys << (tree_node::bits * (depth() - 1))) / 4;
  }

  /// One more level, of zeros: the owner adds the share of everything there is
  /// to it with `add_to_deepest`.
  void deepen();
  void add_to_deepest(std::uint64_t hash, hash128 share);

  void flatten() { levels_.pop_back(); }

private:
  static constexpr std::size_t most_keys = 64; ///< below a node kept, about

  std::vector<std::vector<hash128>> levels_;
};

} // namespace horde::crdt
