// SPDX-License-Identifier: MIT
//
// The tables of a store in SQLite, behind calls that fail with a failure which
// names the file. Knows rows, transactions and checksums; whether what they say
// is good enough is decided by sqlite_storage. Private to this library.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "horde/storage/sqlite_storage.hpp"
#include "horde/storage/statement.hpp"

namespace horde::storage {

using problem = std::optional<failure>;

constexpr std::uint32_t application_id = 0x686f7264; // "hord"
constexpr std::uint32_t format_version = 1;

failure in_use(const std::string& path);
failure damaged(const std::string& path, const std::string& why);

/// The one row that speaks for all records.
struct summary {
  std::string header;
  std::uint64_t records = 0; ///< how many
  std::uint64_t sum = 0;     ///< of their checksums, so in any order
  std::uint64_t steps = 0;   ///< 0: new, nothing was ever kept
  std::string opened;        ///< the boot it is in use since; empty: closed
};

std::uint64_t checksum(const summary& x);
std::uint64_t checksum(std::uint64_t hash, std::string_view bytes);

class database {
public:
  database() = default;
  database(const database&) = delete;
  database& operator=(const database&) = delete;
  /// Leaves the log as it is, for it may be evidence, unless
  /// `empty_log_at_close` was called.
  ~database() { close(); }

  /// Opens a store's file and locks it.
  problem open(const std::string& path, const sqlite_options& options);
  /// Makes a file with empty tables and opens it. Requires: no such file.
  problem create(const std::string& path, const sqlite_options& options);
  void close();
  bool is_open() const { return handle_ != nullptr; }

  /// Looks at the tables' form and at what connects SQLite's pages.
  problem check_form();
  /// Fails if the row does not fit its checksum.
  problem read_summary(summary& out);
  /// Fails if a record does not fit its checksum. Counts them in `totals`.
  problem read_records(std::vector<sync::stored_record>& out, summary& totals);

  /// Runs `change` in a transaction; undone if it fails.
  problem transact(const char* doing, const std::function<int()>& change);

  // Within a transaction. These give SQLite's result codes.
  int put(summary& totals, const sync::stored_record& x);
  int clear(summary& totals);
  int write(const summary& x);

  /// Moves the log into the file and makes it empty.
  problem empty_log();
  void empty_log_at_close();
  /// Frames in the log after the last transaction.
  int log_frames() const { return log_frames_; }

private:
  problem connect(const std::string& path, int flags);
  problem execute(const char* doing, const char* sql);
  problem prepare();
  problem expect(const char* sql, std::string_view answer, const char* why);
  /// Nothing if the code is SQLITE_OK.
  problem check(const char* doing, int code) const;

  std::string path_;
  sqlite3* handle_ = nullptr;
  std::size_t max_bytes_ = 0;
  int log_frames_ = 0;
  statement begin_, commit_, rollback_;
  statement find_, put_, erase_, clear_, write_, read_, read_all_;
};

} // namespace horde::storage
