// SPDX-License-Identifier: MIT
//
// A store in memory, which outlives the replica that writes to it.

#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>

#include "horde/sync/storage.hpp"

namespace horde::sim {

/// A store in memory.
class memory_store : public sync::storage {
public:
  std::optional<std::string> header;
  std::map<std::uint64_t, std::string> records;
  std::size_t written = 0;   ///< records, ever
  std::size_t attempts = 0;  ///< to write, ever
  std::size_t snapshots = 0; ///< of them, of everything
  bool is_full = false;      ///< then nothing more is kept
  bool is_damaged = false;   ///< until a snapshot

  std::string name() const final { return "store 'memory'"; }

  outcome<std::optional<sync::stored_state>> load() final {
    if (!header)
      return std::optional<sync::stored_state>{};
    sync::stored_state result{*header, {}};
    for (const auto& [hash, bytes] : records)
      result.records.push_back({hash, bytes});
    return std::optional{result};
  }

  std::optional<failure>
  append(std::string_view x,
         std::span<const sync::stored_record> changed) final {
    ++attempts;
    if (is_full)
      return failure{errc::store_unusable, "the store is full"};
    if (is_damaged)
      return failure{errc::store_damaged, "the store is damaged"};
    header = x;
    for (const auto& record : changed) {
      ++written;
      if (record.bytes.empty())
        records.erase(record.hash);
      else
        records[record.hash] = record.bytes;
    }
    return std::nullopt;
  }

  std::optional<failure> snapshot(const sync::stored_state& x) final {
    ++snapshots;
    if (!is_full) {
      records.clear();
      is_damaged = false;
    }
    return append(x.header, x.records);
  }
};

} // namespace horde::sim
