// SPDX-License-Identifier: MIT
//
// Sums of 128-bit hashes over the space of key hashes, for each range that
// starts with the same bits: a Merkle tree whose inner nodes are sums, so that
// a change costs one addition a level and its order does not matter. Two
// replicas find where they differ by comparing nodes from the root down
// (docs/protocol.md).
//
// Sums are kept of nodes that stand for more than a few hundred keys (the
// grain) and of their children; what is below is summed up when somebody asks.
// A node is divided by itself, when it needs it: no change has more to do than
// to look at its keys.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

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

/// What a range of hashes adds up to. Also a change of that: all numbers are
/// modulo a power of two, so what is taken away is added as its complement.
struct digest_part {
  hash128 sum;
  std::uint64_t shares = 0; ///< how many there are in the sum

  void add(hash128 share) {
    crdt::add(sum, share);
    ++shares;
  }
  void subtract(hash128 share) {
    crdt::subtract(sum, share);
    --shares;
  }
  void add(const digest_part& x) {
    crdt::add(sum, x.sum);
    shares += x.shares;
  }
};

using digest_parts = std::array<digest_part, tree_node::fan_out>;

class digest_tree {
public:
  static constexpr std::uint64_t usual_grain = 512;

  /// A node of more shares than `grain` is divided; while the tree is small, of
  /// which a change touches little memory anyway, one of an eighth or a quarter
  /// of that. Large: each change touches less memory; small: there is less to
  /// sum up for who asks.
  explicit digest_tree(std::uint64_t grain = usual_grain) : grain_(grain) {}

  /// Of all there is.
  const hash128& digest() const { return root_.all.sum; }

  /// Adds `difference` to all that `hash` is in. Returns a node that should be
  /// divided, if there is one.
  std::optional<tree_node> change(std::uint64_t hash,
                                  const digest_part& difference);

  void clear() { root_ = {}; }

  /// Keeps the sums of the parts of a node that `change` returned.
  void divide(tree_node x, const digest_parts& parts);

  /// The digests of the children of `x`, if they are kept.
  std::optional<child_digests> below(tree_node x) const;

private:
  struct node;
  using branch = std::array<node, tree_node::fan_out>;

  struct node {
    digest_part all;
    std::unique_ptr<branch> below; ///< null: not divided
  };

  /// At its present size.
  std::uint64_t grain() const;

  /// Requires: `x`, which is of that level, is divided.
  static node& child_of(const node& x, std::uint64_t hash, unsigned level);

  std::uint64_t grain_;
  node root_;
};

inline digest_tree::node&
digest_tree::child_of(const node& x, std::uint64_t hash, unsigned level) {
  return (*x.below)[tree_node::of(hash, level).child_of(hash)];
}

} // namespace horde::crdt
