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

std::uint64_t digest_tree::grain() const {
  auto all = root_.all.shares;
  if (all <= 64 * grain_)
    return grain_ / 8;
  return all <= 512 * grain_ ? grain_ / 4 : grain_;
}

std::optional<tree_node> digest_tree::change(std::uint64_t hash,
                                             const digest_part& difference) {
  auto x = &root_;
  unsigned level = 0;
  for (;; x = &child_of(*x, hash, level++)) {
    x->all.add(difference);
    if (x->below && x->all.shares < grain() / 4)
      x->below.reset();
    if (!x->below)
      break;
  }
  if (x->all.shares <= grain() || level == tree_node::deepest)
    return std::nullopt;
  return tree_node::of(hash, level);
}

void digest_tree::divide(tree_node x, const digest_parts& parts) {
  auto here = &root_;
  for (unsigned level = 0; level < x.level; ++level)
    here = &child_of(*here, x.first(), level);
  here->below = std::make_unique<branch>();
  for (unsigned i = 0; i < tree_node::fan_out; ++i)
    (*here->below)[i].all = parts[i];
}

std::optional<child_digests> digest_tree::below(tree_node x) const {
  auto here = &root_;
  for (unsigned level = 0; level < x.level && here->below; ++level)
    here = &child_of(*here, x.first(), level);
  if (!here->below)
    return std::nullopt;
  child_digests result;
  for (unsigned i = 0; i < tree_node::fan_out; ++i)
    result[i] = (*here->below)[i].all.sum;
  return result;
}

} // namespace horde::crdt
