// SPDX-License-Identifier: MIT

#include "horde/storage/database.hpp"

#include <cstring>
#include <system_error>

#include "horde/codec.hpp"
#include "horde/hash.hpp"

namespace horde::storage {

namespace {

// check_form() compares them with what the file says, letter by letter.
constexpr const char* record_table =
  "CREATE TABLE record(hash INTEGER PRIMARY KEY, bytes BLOB NOT NULL, "
  "sum INTEGER NOT NULL)";
constexpr const char* state_table =
  "CREATE TABLE state(id INTEGER PRIMARY KEY, header BLOB NOT NULL, "
  "records INTEGER NOT NULL, records_sum INTEGER NOT NULL, "
  "steps INTEGER NOT NULL, opened BLOB NOT NULL, sum INTEGER NOT NULL)";

bool is_damage(int code) {
  switch (code & 0xff) {
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
  case SQLITE_FORMAT:
  case SQLITE_MISMATCH:
  case SQLITE_CONSTRAINT:
  case SQLITE_SCHEMA:
  case SQLITE_ERROR: // our own statements are right: so the file is not
    return true;
  default: return code == SQLITE_IOERR_SHORT_READ;
  }
}

errc classify(int code) {
  if (is_damage(code))
    return errc::store_damaged;
  return (code & 0xff) == SQLITE_TOOBIG ? errc::too_large
                                        : errc::store_unusable;
}

/// Keeps the number of frames that the log has after a commit.
int on_log(void* frames, sqlite3*, const char*, int n) {
  *static_cast<int*>(frames) = n;
  return SQLITE_OK;
}

} // namespace

failure in_use(const std::string& path) {
  return {errc::store_unusable,
          "store '" + path + "': is in use by another node or program"};
}

failure damaged(const std::string& path, const std::string& why) {
  return {errc::store_damaged, "store '" + path + "': is damaged: " + why};
}

std::uint64_t checksum(const summary& x) {
  std::string bytes;
  writer out{bytes};
  out.bytes(x.header);
  out.fixed64(x.records);
  out.fixed64(x.sum);
  out.fixed64(x.steps);
  out.bytes(x.opened);
  return hash64(bytes);
}

std::uint64_t checksum(std::uint64_t hash, std::string_view bytes) {
  return hash64(bytes, hash);
}

// -- opening and closing -----------------------------------------------------

problem database::open(const std::string& path, const sqlite_options& options) {
  max_bytes_ = options.max_bytes;
  if (auto error = connect(path, SQLITE_OPEN_READWRITE))
    return error;
  // The first access takes the lock and looks into the log.
  if (auto error = execute("opening", "BEGIN IMMEDIATE; COMMIT"))
    return error;
  if (sqlite3_db_readonly(handle_, "main") != 0)
    return failure{errc::store_unusable,
                   "store '" + path + "': may be read but not written"};
  const char* level = options.survives == durability::power
                        ? "PRAGMA synchronous=FULL"
                        : "PRAGMA synchronous=NORMAL";
  if (auto error = execute("opening", level))
    return error;
  return prepare();
}

problem database::create(const std::string& path,
                         const sqlite_options& options) {
  max_bytes_ = options.max_bytes;
  if (auto error = connect(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE))
    return error;
  auto sql = "PRAGMA application_id=" + std::to_string(application_id)
             + "; PRAGMA user_version=" + std::to_string(format_version)
             + "; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; BEGIN; "
             + record_table + "; " + state_table + "; COMMIT";
  if (auto error = execute("making a new file", sql.c_str()))
    return error;
  if (auto error = prepare())
    return error;
  return transact("making a new file", [this] { return write(summary{}); });
}

problem database::connect(const std::string& path, int flags) {
  close();
  path_ = path;
  auto code = sqlite3_open_v2(path.c_str(), &handle_,
                              flags | SQLITE_OPEN_NOMUTEX, nullptr);
  if (auto error = check("opening", code))
    return error;
  sqlite3_extended_result_codes(handle_, 1);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_wal_hook(handle_, on_log, &log_frames_);
  // No spill: what fails has written no frames that look like another step's.
  return execute("opening", "PRAGMA locking_mode=EXCLUSIVE;"
                            "PRAGMA trusted_schema=OFF;"
                            "PRAGMA cell_size_check=ON;"
                            "PRAGMA cache_spill=OFF;"
                            "PRAGMA temp_store=MEMORY");
}

problem database::prepare() {
  struct entry {
    statement& to;
    std::string_view sql;
  };
  const entry all[] = {
    {begin_, "BEGIN IMMEDIATE"},
    {commit_, "COMMIT"},
    {rollback_, "ROLLBACK"},
    {find_, "SELECT sum FROM record WHERE hash=?1"},
    {put_, "INSERT OR REPLACE INTO record(hash,bytes,sum) VALUES(?1,?2,?3)"},
    {erase_, "DELETE FROM record WHERE hash=?1"},
    {clear_, "DELETE FROM record"},
    {write_, "INSERT OR REPLACE INTO state(id,header,records,records_sum,"
             "steps,opened,sum) VALUES(1,?1,?2,?3,?4,?5,?6)"},
    {read_, "SELECT header,records,records_sum,steps,opened,sum FROM state"},
    {read_all_, "SELECT hash,bytes,sum FROM record"},
  };
  for (const auto& x : all)
    if (auto error = check("opening", x.to.prepare(handle_, x.sql)))
      return error;
  return std::nullopt;
}

void database::close() {
  for (auto* x : {&begin_, &commit_, &rollback_, &find_, &put_, &erase_,
                  &clear_, &write_, &read_, &read_all_})
    x->finalize();
  sqlite3_close(handle_);
  handle_ = nullptr;
  log_frames_ = 0;
}

// -- reading -----------------------------------------------------------------

problem database::check_form() {
  if (auto error = expect("PRAGMA journal_mode", "wal", "it has no log"))
    return error;
  auto tables = std::string{record_table} + ";" + state_table;
  if (auto error = expect("SELECT group_concat(sql,';') FROM "
                          "(SELECT sql FROM sqlite_master ORDER BY name)",
                          tables, "its tables are not those of a store"))
    return error;
  return expect("PRAGMA quick_check(1)", "ok", "its pages do not fit together");
}

problem database::expect(const char* sql, std::string_view answer,
                         const char* why) {
  statement query;
  if (auto error = check("checking", query.prepare(handle_, sql)))
    return error;
  auto code = query.step();
  if (code != SQLITE_ROW)
    return code == SQLITE_DONE ? damaged(path_, why) : check("checking", code);
  if (query.text(0) != answer)
    return damaged(path_, why);
  return std::nullopt;
}

problem database::read_summary(summary& out) {
  auto code = read_.step();
  bool fits = false;
  if (code == SQLITE_ROW) {
    out = {std::string{read_.blob(0)}, read_.number(1), read_.number(2),
           read_.number(3), std::string{read_.blob(4)}};
    fits =
      read_.is_blob(0) && read_.is_blob(4) && read_.number(5) == checksum(out);
    code = read_.step(); // one row, no more
  }
  auto error = code == SQLITE_ROW || code == SQLITE_DONE
                 ? std::nullopt
                 : check("reading", code);
  read_.reset();
  if (error)
    return error;
  if (!fits || code == SQLITE_ROW)
    return damaged(path_, "its header does not fit its checksum");
  return std::nullopt;
}

problem database::read_records(std::vector<sync::stored_record>& out,
                               summary& totals) {
  auto code = read_all_.step();
  bool fits = true;
  for (; code == SQLITE_ROW && fits; code = read_all_.step()) {
    auto hash = read_all_.number(0);
    auto bytes = read_all_.blob(1);
    auto sum = checksum(hash, bytes);
    fits = read_all_.is_blob(1) && !bytes.empty() && sum == read_all_.number(2);
    totals.sum += sum;
    ++totals.records;
    out.push_back({hash, std::string{bytes}});
  }
  auto error = code == SQLITE_ROW || code == SQLITE_DONE
                 ? std::nullopt
                 : check("reading", code);
  read_all_.reset();
  if (!error && !fits)
    return damaged(path_, "a record does not fit its checksum");
  return error;
}

// -- writing -----------------------------------------------------------------

problem database::transact(const char* doing,
                           const std::function<int()>& change) {
  auto code = begin_.run();
  if (code == SQLITE_OK)
    code = change();
  if (code == SQLITE_OK)
    code = commit_.run();
  auto error = check(doing, code);
  if (error && sqlite3_get_autocommit(handle_) == 0)
    rollback_.run();
  return error;
}

int database::put(summary& totals, const sync::stored_record& x) {
  if (x.bytes.size() > max_bytes_)
    return SQLITE_TOOBIG;
  auto code = find_.bind(1, x.hash).step();
  bool found = code == SQLITE_ROW;
  auto old = found ? find_.number(0) : 0;
  find_.reset();
  if (!found && code != SQLITE_DONE)
    return code;
  if (found) {
    --totals.records;
    totals.sum -= old;
  }
  if (x.bytes.empty())
    return found ? erase_.bind(1, x.hash).run() : SQLITE_OK;
  auto sum = checksum(x.hash, x.bytes);
  ++totals.records;
  totals.sum += sum;
  return put_.bind(1, x.hash).bind(2, x.bytes).bind(3, sum).run();
}

int database::clear(summary& totals) {
  totals.records = 0;
  totals.sum = 0;
  return clear_.run();
}

int database::write(const summary& x) {
  if (x.header.size() > max_bytes_)
    return SQLITE_TOOBIG;
  return write_.bind(1, x.header)
    .bind(2, x.records)
    .bind(3, x.sum)
    .bind(4, x.steps)
    .bind(5, x.opened)
    .bind(6, checksum(x))
    .run();
}

problem database::empty_log() {
  auto code = sqlite3_wal_checkpoint_v2(
    handle_, "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  if (code == SQLITE_OK)
    log_frames_ = 0;
  return check("emptying its log", code);
}

void database::empty_log_at_close() {
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
}

// -- what SQLite says --------------------------------------------------------

problem database::execute(const char* doing, const char* sql) {
  return check(doing, sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr));
}

problem database::check(const char* doing, int code) const {
  if (code == SQLITE_OK)
    return std::nullopt;
  auto primary = code & 0xff;
  if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED)
    return in_use(path_);
  std::string why = sqlite3_errstr(code);
  // SQLite keeps the reason of the system only if there was one.
  auto error = handle_ ? sqlite3_system_errno(handle_) : 0;
  bool from_system = primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN
                     || primary == SQLITE_FULL;
  if (from_system && error != 0)
    why += " (" + std::generic_category().message(error) + ")";
  if (is_damage(code))
    return damaged(path_, std::string{doing} + ": " + why);
  return failure{classify(code),
                 "store '" + path_ + "': " + doing + ": " + why};
}

} // namespace horde::storage
