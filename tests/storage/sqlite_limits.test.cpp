// SPDX-License-Identifier: MIT
//
// A store and the system around it: processes that are killed, a second node,
// disks that are full, folders that may not be written.

#include <boost/test/unit_test.hpp>
#include <sqlite3.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/store_folder.hpp"

using namespace horde;
using namespace horde::test;

namespace {

/// Appends steps for ever and says so after each.
int append_and_tell(const std::string& path, std::uint64_t after, int pipe) {
  auto opened = sqlite_storage::open(path);
  auto* store = std::get_if<store_ptr>(&opened);
  if (!store || load(**store).error.code != errc::none)
    return 1;
  for (auto i = after + 1; append_step(**store, i); ++i)
    if (write(pipe, "+", 1) != 1)
      return 2;
  return 3;
}

/// While it lives no file of ours may grow beyond a size.
class full_disk {
public:
  explicit full_disk(rlim_t size) {
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    auto now = before_;
    now.rlim_cur = size;
    setrlimit(RLIMIT_FSIZE, &now);
  }
  full_disk(const full_disk&) = delete;
  full_disk& operator=(const full_disk&) = delete;
  ~full_disk() { setrlimit(RLIMIT_FSIZE, &before_); }

private:
  rlimit before_{};
};

bool says(const failure& x, const std::string& part) {
  return x.what.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(sqlite_limits_tests)

BOOST_AUTO_TEST_CASE(a_process_killed_in_mid_append_leaves_whole_steps) {
  store_folder folder;
  random_engine rng{7};
  std::uint64_t done = 0;
  for (int round = 0; round < 25; ++round) {
    child writer{
      [&](int pipe) { return append_and_tell(folder.file(), done, pipe); }};
    auto wanted = 1 + below(rng, 400);
    for (std::uint64_t i = 0; i < wanted; ++i)
      BOOST_REQUIRE(writer.read(std::chrono::seconds{30}));
    writer.kill();
    auto told = done + wanted;
    while (writer.read(std::chrono::seconds{30}))
      ++told;
    auto found = open_and_load(folder.file());
    BOOST_REQUIRE(found.error.what == "");
    BOOST_REQUIRE(found.state);
    // The last step may have been kept before it was told.
    done = found.state->header == header_of_step(told) ? told : told + 1;
    BOOST_REQUIRE((*found.state == after_steps(done)));
  }
}

BOOST_AUTO_TEST_CASE(a_process_killed_in_mid_snapshot_leaves_old_or_new) {
  store_folder folder;
  stored_state states[2];
  for (auto i : {0, 1}) {
    states[i].header = std::string(1, static_cast<char>('a' + i));
    for (std::uint64_t hash = 0; hash < 3000; ++hash)
      states[i].records.push_back({hash * 977, states[i].header});
  }
  const model expected[] = {model_of(states[0]), model_of(states[1])};
  random_engine rng{3};
  for (int round = 0; round < 15; ++round) {
    child writer{[&](int pipe) -> int {
      auto opened = sqlite_storage::open(folder.file());
      auto* store = std::get_if<store_ptr>(&opened);
      if (!store)
        return 1;
      // The first one makes a new file, the others change it.
      for (std::size_t i = 0; !(*store)->snapshot(states[i % 2]); ++i)
        if (write(pipe, "+", 1) != 1)
          return 2;
      return 3;
    }};
    auto wanted = 1 + below(rng, 6);
    for (std::uint64_t i = 0; i < wanted; ++i)
      BOOST_REQUIRE(writer.read(std::chrono::seconds{30}));
    writer.kill();
    auto found = open_and_load(folder.file());
    BOOST_REQUIRE(found.error.what == "");
    BOOST_REQUIRE((found.state == expected[0] || found.state == expected[1]));
  }
}

BOOST_AUTO_TEST_CASE(a_store_has_one_user_at_a_time) {
  store_folder folder;
  auto store = open_store(folder.file());
  load(*store);
  BOOST_TEST(append_step(*store, 1));
  // In this process, also by another name of the file, and in another process.
  auto link = folder.file("link");
  std::filesystem::create_symlink(folder.file(), link);
  for (const auto& name : {folder.file(), link}) {
    auto error = open_and_load(name).error;
    BOOST_TEST((error.code == errc::store_unusable));
    BOOST_TEST(says(error, folder.file()));
    BOOST_TEST(says(error, "in use"));
  }
  auto code = run_and_vanish([&] {
    auto error = open_and_load(folder.file()).error;
    return error.code == errc::store_unusable && says(error, "in use") ? 0 : 1;
  });
  BOOST_TEST(code == 0);
  // Those who were refused took nothing from us.
  BOOST_TEST(append_step(*store, 2));
  store.reset();
  BOOST_TEST((open_and_load(link).state == after_steps(2)));
}

BOOST_AUTO_TEST_CASE(other_programs_are_kept_out_and_respected) {
  store_folder folder;
  auto touch = [&](const char* sql) {
    sqlite3* db = nullptr;
    sqlite3_open(folder.file().c_str(), &db);
    auto result = sqlite3_exec(db, sql, nullptr, nullptr, nullptr);
    return std::pair{db, result};
  };
  auto store = open_store(folder.file());
  load(*store);
  auto code = run_and_vanish([&] {
    return touch("SELECT * FROM record").second == SQLITE_BUSY ? 0 : 1;
  });
  BOOST_TEST(code == 0);
  store.reset();
  child other{[&](int pipe) {
    auto [db, result] = touch("BEGIN IMMEDIATE");
    auto told = write(pipe, result == SQLITE_OK ? "+" : "-", 1);
    while (told == 1 && pause() != 0) { // until it is killed
    }
    return 0;
  }};
  BOOST_REQUIRE((other.read(std::chrono::seconds{30}) == '+'));
  auto error = open_and_load(folder.file()).error;
  BOOST_TEST((error.code == errc::store_unusable));
  BOOST_TEST(says(error, "in use"));
  other.kill();
  BOOST_TEST(open_and_load(folder.file()).is_new());
}

BOOST_AUTO_TEST_CASE(a_full_disk_fails_steps_as_a_whole) {
  store_folder folder;
  auto store = open_store(folder.file());
  load(*store);
  std::uint64_t done = 0;
  std::uint64_t failed = 0;
  random_engine rng{5};
  for (int round = 0; round < 40; ++round) {
    {
      full_disk limit{std::filesystem::file_size(folder.file("store-wal"))
                      + below(rng, 30'000)};
      for (int i = 0; i < 5; ++i) {
        auto error =
          store->append(header_of_step(done + 1), changes_of_step(done + 1));
        done += error ? 0 : 1;
        failed += error ? 1 : 0;
        if (error)
          BOOST_REQUIRE(says(*error, folder.file()));
      }
    }
    if (round % 4 == 0)
      BOOST_REQUIRE(
        (load(*store).state.value_or(model{}) == after_steps(done)));
    if (round % 8 == 0)
      BOOST_REQUIRE(append_step(*store, ++done));
  }
  BOOST_TEST(failed > 20u);
  BOOST_TEST(done > 20u);
  {
    full_disk limit{std::filesystem::file_size(folder.file()) + 1000};
    auto large = after_steps(done).state();
    large.records.push_back({9999, std::string(1 << 20, 'x')});
    BOOST_TEST(!!store->snapshot(large));
  }
  BOOST_TEST((load(*store).state == after_steps(done)));
  BOOST_TEST(!store->snapshot(after_steps(3).state()));
  BOOST_TEST(append_step(*store, 4));
  store.reset();
  BOOST_TEST((open_and_load(folder.file()).state == after_steps(4)));
}

BOOST_AUTO_TEST_CASE(a_process_killed_after_a_full_disk_leaves_whole_steps) {
  for (std::uint64_t room = 0; room < 20'000; room += 1'111) {
    store_folder own;
    auto code = run_and_vanish([&]() -> int {
      auto store = open_store(own.file());
      load(*store);
      if (!append_step(*store, 1))
        return 1;
      full_disk limit{std::filesystem::file_size(own.file("store-wal")) + room};
      std::uint64_t i = 2;
      while (append_step(*store, i))
        ++i;
      _exit(static_cast<int>(i)); // without closing
    });
    auto found = open_and_load(own.file());
    BOOST_REQUIRE(found.error.what == "");
    BOOST_REQUIRE(
      (found.state == after_steps(static_cast<std::uint64_t>(code) - 1)));
  }
}

BOOST_AUTO_TEST_CASE(a_disk_that_is_full_from_the_start_makes_no_store) {
  store_folder folder;
  for (rlim_t size : {0, 100, 4096, 5000, 9000}) {
    {
      full_disk limit{size};
      auto error = open_and_load(folder.file()).error;
      BOOST_TEST((error.code == errc::store_unusable));
      BOOST_TEST(says(error, folder.file()));
    }
    BOOST_TEST(!std::filesystem::exists(folder.file()));
  }
  BOOST_TEST(open_and_load(folder.file()).is_new());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_a_file_is_refused_by_name) {
  store_folder folder;
  auto fifo = folder.file("fifo");
  BOOST_REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  struct row {
    std::string path;
    std::string says;
  };
  const row rows[] = {{folder.path().string(), "is a directory"},
                      {folder.file("none/store"), "does not exist"},
                      {fifo, "not a regular file"},
                      {"", "needs the path"}};
  for (const auto& x : rows) {
    auto error = open_and_load(x.path).error;
    BOOST_TEST((error.code == errc::store_unusable));
    BOOST_TEST(says(error, x.path));
    BOOST_TEST(says(error, x.says));
  }
}

BOOST_AUTO_TEST_CASE(without_the_right_to_write_there_is_an_error) {
  store_folder folder;
  auto existing = folder.file("existing");
  {
    auto store = open_store(existing);
    load(*store);
    BOOST_TEST(append_step(*store, 1));
  }
  namespace fs = std::filesystem;
  // The lock file may be written, what it protects may not.
  fs::permissions(existing + "-lock", fs::perms{0666});
  fs::permissions(existing, fs::perms{0444});
  fs::permissions(folder.path(), fs::perms{0555});
  auto code = run_and_vanish([&] {
    if (geteuid() == 0 && setuid(65534) != 0)
      return 1;
    for (const auto& path : {folder.file("fresh"), existing}) {
      auto error = open_and_load(path).error;
      if (error.code != errc::store_unusable || !says(error, path))
        return 2;
    }
    return 0;
  });
  BOOST_TEST(code == 0);
  fs::permissions(folder.path(), fs::perms{0755});
  fs::permissions(existing, fs::perms{0644});
  BOOST_TEST((open_and_load(existing).state == after_steps(1)));
}

BOOST_AUTO_TEST_SUITE_END()
