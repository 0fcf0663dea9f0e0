// SPDX-License-Identifier: MIT

#include "sim/replica_keys.hpp"

#include <algorithm>
#include <bit>

#include "horde/crdt/digest_tree.hpp"
#include "horde/hash.hpp"

namespace horde::sim {

namespace {

/// The deep nodes are those with this hash: the first child of the root, of
/// that the last one, then one in the middle, ...
constexpr std::uint64_t deep = 0b000'111'011'100ULL << 52;

/// More would take too long to find: each is eight times as rare.
constexpr std::uint64_t most_levels = 4;

} // namespace

replica_keys::replica_keys(std::uint64_t count, std::uint64_t levels)
    : names_(count) {
  levels = std::min(levels, most_levels);
  // The next key of each level that has no name yet.
  std::vector<std::uint64_t> next;
  for (std::uint64_t level = 0; level <= levels; ++level)
    next.push_back(level);
  for (std::uint64_t i = 0, named = 0; named < count; ++i) {
    auto name = "key " + std::to_string(i);
    auto alike = static_cast<std::uint64_t>(
                   std::countl_zero(hash64(name, hash_key) ^ deep))
                 / crdt::tree_node::bits;
    // The deepest that it is good for and that wants one.
    auto level = std::min(alike, levels);
    while (level > 0 && next[level] >= count)
      --level;
    if (next[level] >= count)
      continue;
    names_[next[level]] = std::move(name);
    next[level] += levels + 1;
    ++named;
  }
  numbers_.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i)
    numbers_.emplace(names_[i], i);
}

std::optional<std::uint64_t> replica_keys::find(std::string_view name) const {
  auto i = numbers_.find(name);
  return i == numbers_.end() ? std::nullopt : std::optional{i->second};
}

} // namespace horde::sim
