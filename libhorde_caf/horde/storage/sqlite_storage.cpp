// SPDX-License-Identifier: MIT

#include "horde/storage/sqlite_storage.hpp"

#include <algorithm>
#include <utility>

#include "horde/storage/database.hpp"
#include "horde/storage/store_file.hpp"
#include "horde/storage/write_ahead_log.hpp"

namespace horde::storage {

namespace {

/// 4 MB: what a start after a crash reads again, and the file's overhead.
constexpr int max_log_frames = 1000;

/// Whether something is missing that SQLite would not miss.
problem judge_log(const std::string& path, const summary& totals,
                  log_condition log) {
  if (!totals.opened.empty() && log == log_condition::absent)
    return damaged(path, "its log '" + path + "-wal' is missing");
  if (log == log_condition::headless)
    return damaged(path, "its log '" + path + "-wal' cannot be read");
  // A power cut may tear the log's end in any order; a killed process cannot.
  // An unknown boot counts as another one.
  if (log == log_condition::broken && !totals.opened.empty()
      && totals.opened == boot_id())
    return damaged(path, "its log '" + path + "-wal' has a broken part");
  return std::nullopt;
}

/// What marks a store as in use.
std::string mark_of_use() {
  auto boot = boot_id();
  return boot.empty() ? "unknown" : boot;
}

int put_all(database& db, summary& totals,
            std::span<const sync::stored_record> records) {
  for (const auto& x : records) {
    auto code = db.put(totals, x);
    if (code != SQLITE_OK)
      return code;
  }
  return SQLITE_OK;
}

} // namespace

struct sqlite_storage::parts {
  std::string path;
  sqlite_options options;
  file_lock lock;
  database db; // closed before the lock goes
  log_condition log = log_condition::absent;
  problem refusal;           ///< until a snapshot: why nothing else works
  bool ready = false;        ///< `totals` are those of the file, all is checked
  bool log_in_doubt = false; ///< it may end in frames of a step that failed
  summary totals;

  problem open();
  problem reopen();
  problem read(sync::stored_state& out);
  problem mark_in_use();
  problem write(const char* doing, std::string_view header,
                const std::function<int(summary&)>& change);
  problem replace_all(const sync::stored_state& state);
  problem rebuild(const sync::stored_state* state);
  problem build(const std::string& name, const sync::stored_state* state);
};

// -- opening and closing -----------------------------------------------------

outcome<std::unique_ptr<sqlite_storage>>
sqlite_storage::open(const std::string& path, const sqlite_options& options) {
  auto full = full_path(path);
  if (auto* error = std::get_if<failure>(&full))
    return std::move(*error);
  auto x = std::make_unique<parts>();
  x->path = std::get<std::string>(std::move(full));
  x->options = options;
  auto lock = lock_store(x->path);
  if (auto* error = std::get_if<failure>(&lock))
    return std::move(*error);
  x->lock = std::get<file_lock>(std::move(lock));
  if (auto error = x->open())
    return std::move(*error);
  return std::unique_ptr<sqlite_storage>{new sqlite_storage{std::move(x)}};
}

problem sqlite_storage::parts::open() {
  auto look = look_at(path);
  if (auto* error = std::get_if<failure>(&look))
    return std::move(*error);
  log = inspect_log(path + "-wal");
  switch (std::get<first_look>(look)) {
  case first_look::absent:
    if (log == log_condition::absent)
      return rebuild(nullptr);
    refusal = damaged(path, "the file is missing, only its log is there");
    return std::nullopt;
  case first_look::damaged:
    refusal = damaged(path, "its first bytes are not those of a store");
    return std::nullopt;
  case first_look::store: return reopen();
  }
  return std::nullopt;
}

/// A file that is damaged is as good as opened: only a snapshot may follow.
problem sqlite_storage::parts::reopen() {
  auto error = db.open(path, options);
  if (!error)
    return std::nullopt;
  db.close();
  if (error->code != errc::store_damaged)
    return error;
  refusal = std::move(error);
  return std::nullopt;
}

sqlite_storage::sqlite_storage(std::unique_ptr<parts> x)
    : parts_(std::move(x)) {}

sqlite_storage::~sqlite_storage() {
  auto& x = *parts_;
  if (!x.ready || x.refusal)
    return; // the log stays as it is: it may be needed to judge the store
  auto closed = x.totals;
  closed.opened.clear();
  auto error = x.db.transact("closing", [&] { return x.db.write(closed); });
  if (!error)
    x.db.empty_log_at_close();
}

std::string sqlite_storage::name() const {
  return "store '" + parts_->path + "'";
}

// -- loading -----------------------------------------------------------------

outcome<std::optional<sync::stored_state>> sqlite_storage::load() {
  auto& x = *parts_;
  if (x.refusal)
    return *x.refusal;
  sync::stored_state state;
  if (auto error = x.read(state)) {
    if (error->code == errc::store_damaged)
      x.refusal = error;
    return std::move(*error);
  }
  if (auto error = x.mark_in_use())
    return std::move(*error);
  if (x.totals.steps == 0)
    return std::optional<sync::stored_state>{};
  return std::optional{std::move(state)};
}

problem sqlite_storage::parts::read(sync::stored_state& out) {
  if (auto error = db.check_form())
    return error;
  summary said;
  if (auto error = db.read_summary(said))
    return error;
  if (!ready) // later the log is our own
    if (auto error = judge_log(path, said, log))
      return error;
  summary found;
  if (auto error = db.read_records(out.records, found))
    return error;
  if (found.records != said.records || found.sum != said.sum)
    return damaged(path, "it lacks a record, or has one too many");
  out.header = said.header;
  totals = std::move(said);
  return std::nullopt;
}

/// From now on the file itself says that its log belongs to it.
problem sqlite_storage::parts::mark_in_use() {
  if (ready)
    return std::nullopt;
  auto marked = totals;
  marked.opened = mark_of_use();
  if (auto error =
        db.transact("marking it as in use", [&] { return db.write(marked); }))
    return error;
  if (auto error = db.empty_log())
    return error;
  totals = std::move(marked);
  ready = true;
  return std::nullopt;
}

// -- writing -----------------------------------------------------------------

std::optional<failure>
sqlite_storage::append(std::string_view header,
                       std::span<const sync::stored_record> changed) {
  auto& x = *parts_;
  if (x.refusal)
    return x.refusal;
  if (!x.ready)
    return failure{errc::store_unusable,
                   "store '" + x.path + "': load it before the first append"};
  return x.write("appending", header,
                 [&](summary& to) { return put_all(x.db, to, changed); });
}

problem
sqlite_storage::parts::write(const char* doing, std::string_view header,
                             const std::function<int(summary&)>& change) {
  if (log_in_doubt)
    if (auto error = db.empty_log())
      return error;
  log_in_doubt = false;
  summary next{std::string{header}, totals.records, totals.sum,
               totals.steps + 1, totals.opened};
  auto error = db.transact(doing, [&] {
    auto code = change(next);
    return code == SQLITE_OK ? db.write(next) : code;
  });
  if (error) {
    log_in_doubt = true;
    if (error->code == errc::store_damaged)
      refusal = error;
    return error;
  }
  totals = std::move(next);
  // The step is kept either way; a log that cannot be emptied now grows on.
  if (db.log_frames() >= max_log_frames)
    db.empty_log();
  return std::nullopt;
}

// -- snapshots and repair ----------------------------------------------------

std::optional<failure>
sqlite_storage::snapshot(const sync::stored_state& state) {
  auto& x = *parts_;
  if (x.ready && !x.refusal) {
    auto error = x.replace_all(state);
    if (!error || error->code != errc::store_damaged)
      return error;
  }
  return x.rebuild(&state);
}

problem sqlite_storage::parts::replace_all(const sync::stored_state& state) {
  return write("replacing everything", state.header, [&](summary& to) {
    auto code = db.clear(to);
    return code == SQLITE_OK ? put_all(db, to, state.records) : code;
  });
}

/// Makes a new file beside the old one and puts it in its place: there is no
/// moment at which the path has half a store.
problem sqlite_storage::parts::rebuild(const sync::stored_state* state) {
  auto name = path + "-new";
  remove_leftovers(name);
  if (auto error = build(name, state)) {
    remove_leftovers(name);
    return error;
  }
  ready = false;
  db.close();
  auto error = replace_file(name, path);
  if (!error)
    error = db.open(path, options);
  if (error) {
    db.close();
    refusal = error;
    return error;
  }
  refusal.reset();
  log_in_doubt = false;
  log = log_condition::absent;
  if (!state)
    return std::nullopt; // `load` comes next
  if (auto read_error = db.read_summary(totals))
    return read_error;
  return mark_in_use();
}

problem sqlite_storage::parts::build(const std::string& name,
                                     const sync::stored_state* state) {
  database fresh;
  if (auto error = fresh.create(name, options))
    return error;
  summary next;
  next.steps = 1;
  if (state) {
    next.header = state->header;
    if (auto error = fresh.transact("replacing everything", [&] {
          auto code = put_all(fresh, next, state->records);
          return code == SQLITE_OK ? fresh.write(next) : code;
        }))
      return error;
  }
  if (auto error = fresh.empty_log())
    return error;
  fresh.empty_log_at_close();
  return std::nullopt;
}

} // namespace horde::storage
