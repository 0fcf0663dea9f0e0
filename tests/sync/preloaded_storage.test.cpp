// SPDX-License-Identifier: MIT

#include "horde/sync/preloaded_storage.hpp"

#include <boost/test/unit_test.hpp>

#include "horde/sync/replica.hpp"
#include "support/memory_store.hpp"

using namespace horde;
using namespace horde::sim;

namespace {

struct preloaded {
  std::shared_ptr<memory_store> disk = std::make_shared<memory_store>();
  moment now;

  sync::replica writer(sync::storage& where, std::uint64_t id) {
    sync::replica result{replica_id{id}, {}, 1};
    BOOST_TEST(!result.keep_in(where, now));
    return result;
  }

  void write(sync::replica& x, const std::string& key) {
    x.put(key, "v", x.stamp_at(now));
    x.finish(now);
  }

  std::shared_ptr<sync::storage> load() {
    auto result = sync::preloaded_storage::load(disk, {});
    BOOST_REQUIRE(
      std::holds_alternative<std::shared_ptr<sync::storage>>(result));
    return std::get<std::shared_ptr<sync::storage>>(result);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(preloaded_storage_tests, preloaded)

BOOST_AUTO_TEST_CASE(it_gives_what_was_read_and_takes_the_rest) {
  auto first = writer(*disk, 1);
  write(first, "a");
  auto store = load();
  auto second = writer(*store, 2);
  BOOST_TEST(second.map().size() == 1u);
  write(second, "b");
  auto third = writer(*store, 3); // reads again what is there now
  BOOST_TEST(third.map().size() == 2u);
  BOOST_TEST(store->name() == disk->name());
}

BOOST_AUTO_TEST_CASE(a_new_store_gives_nothing) {
  auto store = load();
  auto x = writer(*store, 1);
  BOOST_TEST(x.map().size() == 0u);
  write(x, "a");
  BOOST_TEST(disk->records.size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_keep_in_would_refuse_is_refused_at_once) {
  auto first = writer(*disk, 1);
  write(first, "a");
  auto code = [&](const sync::config& cfg) {
    auto result = sync::preloaded_storage::load(disk, cfg);
    auto problem = std::get_if<failure>(&result);
    return problem ? problem->code : errc::none;
  };
  BOOST_TEST((code({}) == errc::none));
  sync::config other;
  other.digest_key = 42;
  BOOST_TEST((code(other) == errc::store_unusable));
  disk->records.begin()->second += "x";
  BOOST_TEST((code({}) == errc::store_damaged));
}

BOOST_AUTO_TEST_SUITE_END()
