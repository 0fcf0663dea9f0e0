// SPDX-License-Identifier: MIT
//
// The names of the keys of a run. Key hashes are spread evenly by nature, and
// so a digest tree is only as deep as the logarithm of the number of its keys.
// To get deep with few keys, some have names whose hashes begin alike.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace horde::sim {

class replica_keys {
public:
  /// Of all maps of a run.
  static constexpr std::uint64_t hash_key = 42;

  /// Key i is in the same node of level `i % (levels + 1)` as all others with
  /// that or a larger remainder: with 300 keys and 2 levels, a hundred are
  /// anywhere, a hundred more in one node of level 1, and a hundred in one node
  /// of level 2 that is part of it.
  replica_keys(std::uint64_t count, std::uint64_t levels);

  std::uint64_t size() const { return names_.size(); }

  const std::string& operator[](std::uint64_t i) const { return names_[i]; }

  std::optional<std::uint64_t> find(std::string_view name) const;

private:
  std::vector<std::string> names_;
  std::unordered_map<std::string_view, std::uint64_t> numbers_;
};

} // namespace horde::sim
