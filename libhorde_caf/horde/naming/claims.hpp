// SPDX-License-Identifier: MIT
//
// Which processes of this member hold names: what must be released when one of
// them ends. Names are known by the hashes of their keys; the claims themselves
// are in the shared map.

#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "horde/sharded.hpp"

namespace horde::naming {

class claims {
public:
  void add(std::uint64_t actor, std::uint64_t hash);

  /// Requires: there is one.
  void remove(std::uint64_t actor, std::uint64_t hash);

  /// Of one process, or so many of them. A hash that two of its names have in
  /// common stands there twice.
  std::vector<std::uint64_t>
  hashes_of(std::uint64_t actor, std::size_t at_most = std::size_t(-1)) const;

  bool holds_any(std::uint64_t actor) const { return actors_.contains(actor); }
  std::size_t size() const { return size_; }

private:
  struct node;
  using item = std::pair<const std::uint64_t, node>;

  /// Those of one process are a list.
  struct node {
    std::uint64_t actor = 0;
    item* next = nullptr;
    item* previous = nullptr;
  };

  sharded<std::unordered_multimap<std::uint64_t, node>> by_hash_;
  sharded<std::unordered_map<std::uint64_t, item*>> actors_; ///< first ones
  std::size_t size_ = 0;
};

} // namespace horde::naming
