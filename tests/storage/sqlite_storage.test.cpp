// SPDX-License-Identifier: MIT

#include "horde/storage/sqlite_storage.hpp"

#include <boost/test/unit_test.hpp>
#include <limits>
#include <rapidcheck.h>
#include <set>
#include <tuple>

#include "storage/store_folder.hpp"

using namespace horde;
using namespace horde::test;

namespace {

// What to do, and with which records. Few hashes, so that they meet again.
using operation = std::tuple<std::uint8_t, std::vector<std::pair<bool, int>>>;

std::vector<stored_record> records_of(const operation& x) {
  std::vector<stored_record> result;
  for (auto [there, number] : std::get<1>(x)) {
    auto hash = static_cast<std::uint64_t>(number % 7);
    if (number % 5 == 0) // all 64 bits count
      hash = std::numeric_limits<std::uint64_t>::max() - hash;
    result.push_back({hash, there ? std::to_string(number) : ""});
  }
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(sqlite_storage_tests)

BOOST_AUTO_TEST_CASE(a_new_store_has_nothing_until_the_first_step) {
  store_folder folder;
  {
    auto store = open_store(folder.file());
    BOOST_TEST(load(*store).is_new());
  }
  BOOST_TEST(open_and_load(folder.file()).is_new()); // and stays new
  {
    auto store = open_store(folder.file());
    BOOST_TEST(load(*store).is_new());
    BOOST_TEST(!store->append("", {}));
  }
  auto then = open_and_load(folder.file());
  BOOST_REQUIRE(then.state);
  BOOST_TEST((*then.state == model{}));
}

BOOST_AUTO_TEST_CASE(what_was_appended_is_loaded_again) {
  auto ok = rc::check([](const std::vector<operation>& operations) {
    store_folder folder;
    auto store = open_store(folder.file());
    RC_ASSERT(load(*store).is_new());
    std::optional<model> expected;
    for (std::size_t i = 0; i < operations.size(); ++i) {
      auto kind = std::get<0>(operations[i]) % 8;
      auto records = records_of(operations[i]);
      auto header = "h" + std::to_string(i);
      if (kind == 0) {
        store.reset();
        store = open_store(folder.file());
      } else if (kind == 1) {
        expected = model{};
        expected->step(header, records);
        RC_ASSERT(!store->snapshot({header, records}));
      } else {
        if (!expected)
          expected = model{};
        expected->step(header, records);
        RC_ASSERT(!store->append(header, records));
      }
      if (kind > 2)
        continue;
      auto found = load(*store);
      RC_ASSERT(found.error.what == "");
      RC_ASSERT(found.state == expected);
    }
    store.reset();
    auto found = open_and_load(folder.file());
    RC_ASSERT(found.error.what == "");
    RC_ASSERT(found.state == expected);
  });
  BOOST_TEST(ok);
}

BOOST_AUTO_TEST_CASE(any_bytes_of_any_size_are_kept) {
  store_folder folder;
  model expected;
  std::string all_bytes;
  for (int i = 0; i < 256; ++i)
    all_bytes.push_back(static_cast<char>(i));
  std::string large(1 << 20, '\0');
  for (std::size_t i = 0; i < large.size(); ++i)
    large[i] = static_cast<char>(i * 7 + i / 251);
  std::vector<stored_record> records{{0, std::string(1, '\0')},
                                     {1, all_bytes},
                                     {2, large},
                                     {std::uint64_t{1} << 63, "top bit"},
                                     {~std::uint64_t{0}, "all bits"},
                                     {3, "replaced below"},
                                     {4, "gone below"},
                                     {3, "the last counts"},
                                     {4, ""},
                                     {5, ""}};
  expected.step(all_bytes + large, records);
  {
    auto store = open_store(folder.file());
    load(*store);
    BOOST_TEST(!store->append(all_bytes + large, records));
    BOOST_TEST((load(*store).state == expected));
  }
  BOOST_TEST((open_and_load(folder.file()).state == expected));
}

BOOST_AUTO_TEST_CASE(a_hundred_thousand_records_come_back_and_go) {
  store_folder folder;
  stored_state state{"many", {}};
  random_engine rng{1};
  for (int i = 0; i < 100'000; ++i) {
    auto hash = rng();
    state.records.push_back({hash, std::to_string(hash)});
  }
  auto expected = model_of(state);
  {
    auto store = open_store(folder.file());
    BOOST_TEST(!store->snapshot(state));
  }
  {
    auto store = open_store(folder.file());
    BOOST_TEST((load(*store).state == expected));
    BOOST_TEST(!store->snapshot({"few", {{1, "one"}}}));
  }
  auto found = open_and_load(folder.file()).state;
  BOOST_TEST((found == model{"few", {{1, "one"}}}));
}

BOOST_AUTO_TEST_CASE(the_log_does_not_grow_without_limit) {
  store_folder folder;
  auto store = open_store(folder.file());
  load(*store);
  std::uintmax_t longest = 0;
  for (std::uint64_t i = 1; i <= 3000; ++i) {
    BOOST_REQUIRE(append_step(*store, i));
    longest =
      std::max(longest, std::filesystem::file_size(folder.file("store-wal")));
  }
  BOOST_TEST(longest < 5'000'000u);
  BOOST_TEST((load(*store).state == after_steps(3000)));
}

BOOST_AUTO_TEST_CASE(a_closed_store_is_one_file) {
  store_folder folder;
  {
    auto store = open_store(folder.file());
    load(*store);
    BOOST_TEST(append_step(*store, 1));
    BOOST_TEST(std::filesystem::exists(folder.file("store-wal")));
  }
  std::set<std::string> files;
  for (const auto& x : std::filesystem::directory_iterator{folder.path()})
    files.insert(x.path().filename().string());
  BOOST_TEST((files == std::set<std::string>{"store", "store-lock"}));
}

BOOST_AUTO_TEST_CASE(nothing_is_appended_to_what_was_not_loaded) {
  store_folder folder;
  auto store = open_store(folder.file());
  auto error = store->append("h", {});
  BOOST_REQUIRE(error);
  BOOST_TEST((error->code == errc::store_unusable));
  BOOST_TEST(load(*store).is_new());
  BOOST_TEST(!store->append("h", {}));
}

BOOST_AUTO_TEST_CASE(a_record_that_is_too_large_leaves_the_store_as_it_was) {
  store_folder folder;
  auto store =
    open_store(folder.file(),
               {.survives = storage::durability::power, .max_bytes = 10'000});
  load(*store);
  BOOST_REQUIRE(append_step(*store, 1));
  {
    std::vector<stored_record> records{{1, "one"},
                                       {2, std::string(10'001, 'x')}};
    auto error = store->append("too much", records);
    BOOST_REQUIRE(error);
    BOOST_TEST((error->code == errc::too_large));
    error = store->append(std::string(10'001, 'x'), {});
    BOOST_REQUIRE(error);
    BOOST_TEST((error->code == errc::too_large));
    BOOST_TEST(!!store->snapshot({"too much", records}));
  }
  BOOST_TEST((load(*store).state == after_steps(1)));
  BOOST_TEST(append_step(*store, 2));
  BOOST_TEST((load(*store).state == after_steps(2)));
}

BOOST_AUTO_TEST_SUITE_END()
