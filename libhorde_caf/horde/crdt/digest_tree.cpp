// SPDX-License-Identifier: MIT

#include "horde/crdt/digest_tree.hpp"

namespace horde::crdt {

void add(hash128& sum, hash128 x) {
  sum.low += x.low;
  sum.high += x.high + (sum.low < x.low ? 1 : 0);
}

void subtract(hash128& sum, hash128 x) {
  sum.high -= x.high + (sum.low < x.low ? 1 : 0);
  sum.low -= x.low;
}

void digest_tree::add(std::uint64_t hash, hash128 share) {
  for (unsigned i = 0; i < levels_.size(); ++i)
    crdt::add(levels_[i][tree_node::of(hash, i).prefix], share);
}

void digest_tree::subtract(std::uint64_t hash, hash128 share) {
  for (unsigned i = 0; i < levels_.size(); ++i)
    crdt::subtract(levels_[i][tree_node::of(hash, i).prefix], share);
}

void digest_tree::deepen() {
  levels_.emplace_back(levels_.back().size() * tree_node::fan_out);
}

void digest_tree::add_to_deepest(std::uint64_t hash, hash128 share) {
  crdt::add(levels_.back()[tree_node::of(hash, depth()).prefix], share);
}

} // namespace horde::crdt
