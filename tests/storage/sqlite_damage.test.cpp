// SPDX-License-Identifier: MIT
//
// A store whose files were changed behind its back: it is refused or, where
// the changed byte means nothing, gives exactly what it held.

#include <boost/test/unit_test.hpp>
#include <sqlite3.h>

#include <unistd.h>

#include "horde/storage/database.hpp"
#include "storage/store_folder.hpp"

using namespace horde;
using namespace horde::test;

namespace {

constexpr std::uint64_t steps = 6;

/// The bytes of a store that was closed after `steps`.
std::string closed_store(const store_folder& folder) {
  {
    auto store = open_store(folder.file());
    load(*store);
    for (std::uint64_t i = 1; i <= steps; ++i)
      BOOST_REQUIRE(append_step(*store, i));
  }
  return read_file(folder.file());
}

struct files {
  std::string store;
  std::string log;
};

/// The files of a store whose process was killed after `steps`.
files killed_store(const store_folder& folder) {
  auto code = run_and_vanish([&]() -> int {
    auto store = open_store(folder.file());
    load(*store);
    bool good = true;
    for (std::uint64_t i = 1; i <= steps; ++i)
      good = good && append_step(*store, i);
    _exit(good ? 0 : 1);
  });
  BOOST_REQUIRE(code == 0);
  return {read_file(folder.file()), read_file(folder.file("store-wal"))};
}

void put_back(const store_folder& folder, const files& x) {
  write_file(folder.file(), x.store);
  write_file(folder.file("store-wal"), x.log);
}

std::string flipped(std::string bytes, std::size_t at) {
  bytes[at] = static_cast<char>(bytes[at] ^ (1 << (at % 8)));
  return bytes;
}

/// What did no harm yet does none later: steps are kept or refused.
bool goes_on_well(const store_folder& folder) {
  auto store = open_store(folder.file());
  if (load(*store).error.code != errc::none)
    return false;
  auto done = steps;
  while (done < steps + 20 && append_step(*store, done + 1))
    ++done;
  store.reset();
  auto found = open_and_load(folder.file());
  return found.error.code == errc::store_damaged
         || found.state == after_steps(done);
}

bool names_the_file(const failure& x, const store_folder& folder) {
  return x.what.find(folder.file()) != std::string::npos;
}

/// Runs SQL of a stranger on a file.
void run_sql(const std::string& path, const std::string& sql) {
  sqlite3* db = nullptr;
  BOOST_REQUIRE(sqlite3_open(path.c_str(), &db) == SQLITE_OK);
  BOOST_REQUIRE(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr)
                == SQLITE_OK);
  sqlite3_close(db);
}

} // namespace

BOOST_AUTO_TEST_SUITE(sqlite_damage_tests)

BOOST_AUTO_TEST_CASE(a_flipped_byte_of_a_closed_store_is_refused_or_harmless) {
  store_folder folder;
  auto good = closed_store(folder);
  auto expected = after_steps(steps);
  std::size_t refused = 0;
  std::size_t tried = 0;
  for (std::size_t at = 0; at < good.size(); at += at < 128 ? 1 : 5) {
    write_file(folder.file(), flipped(good, at));
    std::filesystem::remove(folder.file("store-wal"));
    auto found = open_and_load(folder.file());
    ++tried;
    BOOST_TEST_CONTEXT("byte " << at << ": " << found.error.what) {
      if (found.error.code == errc::none) {
        BOOST_REQUIRE((found.state == expected));
        BOOST_REQUIRE(goes_on_well(folder));
        continue;
      }
      ++refused;
      BOOST_REQUIRE(names_the_file(found.error, folder));
    }
  }
  BOOST_TEST_MESSAGE(refused << " of " << tried << " flips were refused");
  BOOST_TEST(refused > 100u);
}

BOOST_AUTO_TEST_CASE(each_flipped_byte_of_a_record_or_header_is_refused) {
  store_folder folder;
  auto good = closed_store(folder);
  std::vector<std::string> kept;
  auto expected = after_steps(steps);
  kept.push_back(expected.header);
  for (const auto& [hash, bytes] : expected.records)
    kept.push_back(bytes);
  for (const auto& bytes : kept) {
    auto at = good.rfind(bytes); // rows lie at the end of a page
    BOOST_REQUIRE(at != std::string::npos);
    for (std::size_t i = 0; i < bytes.size(); i += 11) {
      write_file(folder.file(), flipped(good, at + i));
      auto found = open_and_load(folder.file());
      BOOST_REQUIRE((found.error.code == errc::store_damaged));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_closed_store_that_was_cut_short_is_refused) {
  store_folder folder;
  auto good = closed_store(folder);
  for (std::size_t size = 0; size < good.size(); size += size < 200 ? 1 : 61) {
    write_file(folder.file(), good.substr(0, size));
    auto found = open_and_load(folder.file());
    BOOST_TEST_CONTEXT("length " << size) {
      BOOST_REQUIRE((found.error.code == errc::store_damaged));
      BOOST_REQUIRE(names_the_file(found.error, folder));
    }
  }
}

BOOST_AUTO_TEST_CASE(any_flipped_byte_of_the_log_is_refused) {
  store_folder folder;
  auto good = killed_store(folder);
  BOOST_REQUIRE(good.log.size() > 10'000u);
  for (std::size_t at = 0; at < good.log.size(); at += at < 64 ? 1 : 29) {
    put_back(folder, {good.store, flipped(good.log, at)});
    auto found = open_and_load(folder.file());
    BOOST_TEST_CONTEXT("byte " << at) {
      BOOST_REQUIRE((found.error.code == errc::store_damaged));
      BOOST_REQUIRE(names_the_file(found.error, folder));
    }
  }
  put_back(folder, good);
  BOOST_TEST((open_and_load(folder.file()).state == after_steps(steps)));
}

BOOST_AUTO_TEST_CASE(a_flipped_byte_under_a_log_is_refused_or_harmless) {
  store_folder folder;
  auto good = killed_store(folder);
  auto expected = after_steps(steps);
  for (std::size_t at = 0; at < good.store.size(); at += at < 128 ? 1 : 37) {
    put_back(folder, {flipped(good.store, at), good.log});
    auto found = open_and_load(folder.file());
    if (found.error.code == errc::none)
      BOOST_REQUIRE((found.state == expected));
  }
}

// As if the process had been killed earlier: then the end of the log is short.
BOOST_AUTO_TEST_CASE(a_log_that_was_cut_short_gives_whole_steps) {
  store_folder folder;
  auto good = killed_store(folder);
  std::uint64_t last = 0;
  for (std::size_t size = 0; size <= good.log.size(); size += 97) {
    put_back(folder, {good.store, good.log.substr(0, size)});
    auto found = open_and_load(folder.file());
    BOOST_REQUIRE(found.error.what == "");
    auto step = last;
    while (step < steps && found.state && *found.state != after_steps(step))
      ++step;
    BOOST_REQUIRE((found.state ? *found.state : model{}) == after_steps(step));
    last = step;
  }
  BOOST_TEST(last >= steps - 1);
}

BOOST_AUTO_TEST_CASE(a_file_or_log_that_vanished_is_missed) {
  store_folder folder;
  auto good = killed_store(folder);
  std::filesystem::remove(folder.file("store-wal"));
  auto found = open_and_load(folder.file());
  BOOST_TEST((found.error.code == errc::store_damaged));
  put_back(folder, good);
  std::filesystem::remove(folder.file());
  found = open_and_load(folder.file());
  BOOST_TEST((found.error.code == errc::store_damaged));
  put_back(folder, good);
  BOOST_TEST((open_and_load(folder.file()).state == after_steps(steps)));
}

BOOST_AUTO_TEST_CASE(a_power_cut_may_tear_the_last_steps_off) {
  store_folder folder;
  { open_store(folder.file()); }
  auto code = run_and_vanish([&]() -> int {
    storage::database db;
    storage::summary totals;
    bool good = !db.open(folder.file(), {}) && !db.read_summary(totals);
    totals.opened = "another boot";
    for (std::uint64_t i = 1; i <= steps; ++i)
      good = good && !db.transact("appending", [&] {
        for (const auto& x : changes_of_step(i))
          db.put(totals, x);
        totals.header = header_of_step(i);
        ++totals.steps;
        return db.write(totals);
      });
    _exit(good ? 0 : 1);
  });
  BOOST_REQUIRE(code == 0);
  files good{read_file(folder.file()), read_file(folder.file("store-wal"))};
  // In the last frame: the last step is lost, and nothing else.
  put_back(folder, {good.store, flipped(good.log, good.log.size() - 10)});
  BOOST_TEST((open_and_load(folder.file()).state == after_steps(steps - 1)));
  // What was written to the disk before all frames must be whole.
  put_back(folder, {good.store, flipped(good.log, 3)});
  BOOST_TEST((open_and_load(folder.file()).error.code == errc::store_damaged));
}

BOOST_AUTO_TEST_CASE(what_a_stranger_changed_in_the_tables_is_refused) {
  const char* changes[] = {
    "DELETE FROM record WHERE hash=(SELECT min(hash) FROM record)",
    "UPDATE record SET bytes=x'00' WHERE hash=(SELECT min(hash) FROM record)",
    "UPDATE record SET bytes='text' WHERE hash=(SELECT min(hash) FROM record)",
    "UPDATE record SET hash=1000 WHERE hash=(SELECT min(hash) FROM record)",
    "INSERT INTO record VALUES(1000,x'00',0)",
    "UPDATE state SET header=x'00'",
    "UPDATE state SET steps=0",
    "UPDATE state SET records=records+1",
    "DELETE FROM state",
    ("INSERT INTO state SELECT 2,header,records,records_sum,steps,opened,sum "
     "FROM state"),
    "DROP TABLE record",
    "CREATE TABLE another(x)",
    "CREATE TRIGGER t AFTER INSERT ON record BEGIN DELETE FROM record; END",
    "PRAGMA journal_mode=DELETE",
  };
  store_folder folder;
  auto good = closed_store(folder);
  for (const auto* sql : changes) {
    write_file(folder.file(), good);
    run_sql(folder.file(), sql);
    auto found = open_and_load(folder.file());
    BOOST_TEST_CONTEXT(sql << ": " << found.error.what)
    BOOST_TEST((found.error.code == errc::store_damaged));
  }
}

BOOST_AUTO_TEST_CASE(
  a_damaged_store_takes_no_step_until_a_snapshot_repairs_it) {
  store_folder folder;
  auto closed = closed_store(folder);
  auto killed = killed_store(folder);
  auto record = closed.rfind(after_steps(steps).records.begin()->second);
  const files damaged[] = {{flipped(closed, record), ""},
                           {"", ""},
                           {closed.substr(0, 5000), ""},
                           {flipped(closed, 19), ""},
                           {killed.store, flipped(killed.log, 3)},
                           {killed.store, flipped(killed.log, 4000)}};
  for (const auto& x : damaged) {
    put_back(folder, x);
    auto store = open_store(folder.file());
    BOOST_TEST((load(*store).error.code == errc::store_damaged));
    BOOST_TEST(!append_step(*store, 1));
    BOOST_TEST((load(*store).error.code == errc::store_damaged));
    BOOST_TEST(!store->snapshot(after_steps(3).state()));
    BOOST_TEST(append_step(*store, 4));
    BOOST_TEST((load(*store).state == after_steps(4)));
    store.reset();
    BOOST_TEST((open_and_load(folder.file()).state == after_steps(4)));
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_ours_is_refused_and_stays_untouched) {
  store_folder folder;
  struct row {
    std::string sql; // on a good store; empty: no SQLite file at all
    errc code;
    std::string says;
  };
  const row rows[] = {
    {"PRAGMA application_id=7", errc::store_unusable, "another program's"},
    {"PRAGMA user_version=2", errc::incompatible_version, "format 2"},
    {"PRAGMA user_version=0", errc::incompatible_version, "format 0"},
    {"", errc::store_unusable, "not a SQLite file"},
  };
  auto good = closed_store(folder);
  for (const auto& x : rows) {
    write_file(folder.file(), x.sql.empty() ? std::string(500, '?') : good);
    if (!x.sql.empty())
      run_sql(folder.file(), x.sql);
    auto before = read_file(folder.file());
    auto found = open_and_load(folder.file());
    BOOST_TEST((found.error.code == x.code));
    BOOST_TEST(names_the_file(found.error, folder));
    BOOST_TEST(found.error.what.find(x.says) != std::string::npos);
    BOOST_TEST((read_file(folder.file()) == before));
  }
}

BOOST_AUTO_TEST_SUITE_END()
