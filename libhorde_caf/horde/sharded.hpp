// SPDX-License-Identifier: MIT
//
// Hash maps and sets in 256 parts, each of which grows by itself: no insertion
// has more to do than to rehash a part. For what a step must not wait for.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace horde {

/// `Table`: `std::unordered_map` or `std::unordered_set`.
template <class Table>
class sharded {
public:
  using key_type = typename Table::key_type;

  /// The part that has this key, if any has it.
  Table& of(const key_type& key) { return parts_[index_of(key)]; }
  const Table& of(const key_type& key) const { return parts_[index_of(key)]; }

  bool contains(const key_type& key) const { return of(key).contains(key); }

  const auto& parts() const { return parts_; }

private:
  static constexpr std::size_t count = 256;

  static std::size_t index_of(const key_type& key) {
    // By other bits than those that a part uses.
    auto hash = std::uint64_t{typename Table::hasher{}(key)};
    return hash * 0x9e37'79b9'7f4a'7c15 >> 56;
  }

  std::array<Table, count> parts_;
};

} // namespace horde
