// SPDX-License-Identifier: MIT
//
// The partitions of a registry: each is a horde of its own, which only this
// library sees. The first has the name that users gave.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "horde/hash.hpp"

namespace horde::actors {

/// Stands in no name of a horde that users give.
inline constexpr char partition_mark = '#';

inline constexpr std::size_t most_partitions = 64;

inline std::string partition_name(const std::string& horde, std::size_t i) {
  return i == 0 ? horde : horde + partition_mark + std::to_string(i);
}

/// Not the first one.
inline bool is_partition(std::string_view horde) {
  return horde.find(partition_mark) != std::string_view::npos;
}

/// What users know it by.
inline std::string public_name(const std::string& horde) {
  return horde.substr(0, horde.find(partition_mark));
}

/// Where a name is kept; equal on all nodes.
inline std::size_t partition_of(std::string_view name, std::size_t count) {
  // By bits that no index in a partition uses.
  return count == 1 ? 0 : (hash64(name) >> 32 & 0xff) * count >> 8;
}

} // namespace horde::actors
