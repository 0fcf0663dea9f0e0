// SPDX-License-Identifier: MIT
//
// A store in memory that remembers its steps one by one, so that the last ones
// can be lost.

#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "horde/sync/replica.hpp"
#include "horde/sync/storage.hpp"

namespace horde::sim {

/// What was there, and what was seen.
struct kept_state {
  hash128 digest;
  crdt::causal_context seen;
};

class replica_store : public sync::storage {
public:
  /// One step.
  struct entry {
    sync::stored_state what;
    std::size_t letter = 0; ///< for the model: what its replica knew
    kept_state state{};     ///< of its replica
  };

  std::size_t size() const { return steps_.size(); }

  std::optional<entry> newest() const {
    return steps_.empty() ? std::nullopt : std::optional{steps_.back()};
  }

  /// About the newest step.
  void note(std::size_t letter, const crdt::aw_lww_map& kept) {
    steps_.back().letter = letter;
    steps_.back().state = {kept.digest(), kept.seen()};
  }

  /// Loses the newest steps.
  void lose(std::size_t count) {
    steps_.resize(steps_.size() - std::min(count, steps_.size()));
  }

  outcome<std::optional<sync::stored_state>> load() override {
    if (steps_.empty())
      return std::optional<sync::stored_state>{};
    std::map<std::uint64_t, std::string> records;
    for (const auto& step : steps_)
      for (const auto& x : step.what.records)
        records[x.hash] = x.bytes;
    sync::stored_state result{steps_.back().what.header, {}};
    for (const auto& [hash, bytes] : records)
      if (!bytes.empty())
        result.records.push_back({hash, bytes});
    return std::optional{std::move(result)};
  }

  std::optional<failure>
  append(std::string_view header,
         std::span<const sync::stored_record> changed) override {
    steps_.push_back(
      {{std::string{header}, {changed.begin(), changed.end()}}, 0});
    return std::nullopt;
  }

  std::optional<failure> snapshot(const sync::stored_state& x) override {
    steps_.clear();
    return append(x.header, x.records);
  }

private:
  std::vector<entry> steps_;
};

} // namespace horde::sim
