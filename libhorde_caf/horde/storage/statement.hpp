// SPDX-License-Identifier: MIT
//
// A prepared statement of SQLite: binds, steps and resets itself. Private to
// this library.

#pragma once

#include <cstdint>
#include <string_view>

#include <sqlite3.h>

namespace horde::storage {

class statement {
public:
  statement() = default;
  statement(const statement&) = delete;
  statement& operator=(const statement&) = delete;
  ~statement() { finalize(); }

  /// Gives SQLite's result code, as all that return `int` here do.
  int prepare(sqlite3* db, std::string_view sql);
  void finalize();

  /// The number as SQLite's signed one with the same bits.
  statement& bind(int index, std::uint64_t x);
  /// A blob that must stay until the statement has run.
  statement& bind(int index, std::string_view x);

  /// SQLITE_ROW, SQLITE_DONE or an error; `reset` must follow.
  int step() { return sqlite3_step(handle_); }
  void reset();
  /// Runs a statement without rows: SQLITE_OK or an error.
  int run();

  // Columns of the current row. A column of another type gives zero or nothing.
  bool is_number(int column) const;
  bool is_blob(int column) const;
  std::uint64_t number(int column) const;
  std::string_view blob(int column) const;
  std::string_view text(int column) const;

private:
  sqlite3_stmt* handle_ = nullptr;
};

} // namespace horde::storage
