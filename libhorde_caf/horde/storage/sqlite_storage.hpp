// SPDX-License-Identifier: MIT
//
// The store on SQLite: one file, with its write-ahead log (-wal) beside it
// while it is in use, and a lock file (-lock) that keeps a second node out.
// Everything is checked when it is loaded; what does not fit is refused, never
// guessed. docs/storage.md tells what is kept and what durability means.

#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "horde/sync/storage.hpp"

namespace horde::storage {

/// What a step survives once `append` has returned.
enum class durability {
  process, ///< the end of the process, however sudden
  power,   ///< also the end of the machine: waits for the disk each time
};

struct sqlite_options {
  durability survives = durability::process;
  std::size_t max_bytes = 256 << 20; ///< of a record, and of the header
};

/// One object is used by one thread at a time.
class sqlite_storage final : public sync::storage {
public:
  /// Opens the store, or makes an empty one where there is no file, and keeps
  /// others out until it is destroyed. A damaged store opens, too, so that
  /// `load` can say what is wrong and `snapshot` can replace it. What is not a
  /// store of this version is refused and stays untouched.
  static outcome<std::unique_ptr<sqlite_storage>>
  open(const std::string& path, const sqlite_options& options = {});

  /// Empties the log into the file.
  ~sqlite_storage() override;
  sqlite_storage(const sqlite_storage&) = delete;
  sqlite_storage& operator=(const sqlite_storage&) = delete;

  std::string name() const override;

  outcome<std::optional<sync::stored_state>> load() override;

  std::optional<failure>
  append(std::string_view header,
         std::span<const sync::stored_record> changed) override;

  std::optional<failure> snapshot(const sync::stored_state& state) override;

private:
  struct parts;

  explicit sqlite_storage(std::unique_ptr<parts> x);

  std::unique_ptr<parts> parts_;
};

} // namespace horde::storage
