// SPDX-License-Identifier: MIT

#include "horde/storage/statement.hpp"

namespace horde::storage {

int statement::prepare(sqlite3* db, std::string_view sql) {
  finalize();
  return sqlite3_prepare_v3(db, sql.data(), static_cast<int>(sql.size()),
                            SQLITE_PREPARE_PERSISTENT, &handle_, nullptr);
}

void statement::finalize() {
  sqlite3_finalize(handle_);
  handle_ = nullptr;
}

statement& statement::bind(int index, std::uint64_t x) {
  sqlite3_bind_int64(handle_, index, static_cast<sqlite3_int64>(x));
  return *this;
}

statement& statement::bind(int index, std::string_view x) {
  // No bytes at a null address would be NULL. A blob that is too large leaves
  // the old binding; the NULL before makes the row be refused then.
  sqlite3_bind_null(handle_, index);
  if (x.empty())
    sqlite3_bind_zeroblob(handle_, index, 0);
  else
    sqlite3_bind_blob64(handle_, index, x.data(), x.size(), SQLITE_STATIC);
  return *this;
}

void statement::reset() {
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);
}

int statement::run() {
  auto code = step();
  reset();
  return code == SQLITE_DONE || code == SQLITE_ROW ? SQLITE_OK : code;
}

bool statement::is_number(int column) const {
  return sqlite3_column_type(handle_, column) == SQLITE_INTEGER;
}

bool statement::is_blob(int column) const {
  return sqlite3_column_type(handle_, column) == SQLITE_BLOB;
}

std::uint64_t statement::number(int column) const {
  return static_cast<std::uint64_t>(sqlite3_column_int64(handle_, column));
}

std::string_view statement::blob(int column) const {
  const auto* data = sqlite3_column_blob(handle_, column);
  auto size = sqlite3_column_bytes(handle_, column);
  if (!data || size <= 0)
    return {};
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

std::string_view statement::text(int column) const {
  const auto* data = sqlite3_column_text(handle_, column);
  if (!data)
    return {};
  return reinterpret_cast<const char*>(data);
}

} // namespace horde::storage
