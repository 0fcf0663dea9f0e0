// SPDX-License-Identifier: MIT
//
// A store that does not take what it gets: full for long, or damaged. The
// replica goes on, tries again less and less often, and makes up for all of it.

#include "horde/sync/persistence.hpp"

#include <boost/test/unit_test.hpp>

#include "support/memory_store.hpp"
#include "support/replica_bench.hpp"

using namespace horde;
using namespace horde::sim;
using namespace std::chrono_literals;

namespace {

sync::config few_owed() {
  sync::config result;
  result.max_unkept_keys = 10;
  return result;
}

struct failing : replica_bench {
  memory_store disk;

  failing() : replica_bench(1, few_owed()) {
    now.wall += 1h;
    BOOST_TEST(!(*this)[0].keep_in(disk, now));
    put(0, "before", "v");
  }

  sync::store_status status() { return (*this)[0].store(); }

  void write(const std::string& name, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i)
      put(0, name + std::to_string(i), "v");
  }

  /// To the next time at which it wants to be woken.
  void wake() {
    auto at = (*this)[0].wake_at();
    BOOST_REQUIRE(at != never);
    pass(at - now.at);
  }

  bool is_all_kept() {
    sync::replica again{replica_id{77}, {}, 1};
    BOOST_TEST(!again.keep_in(disk, now));
    return crdt::contents_of(again.map()) == crdt::contents_of((*this)[0].map())
           && again.map().digest() == (*this)[0].map().digest();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(failing_store, failing)

BOOST_AUTO_TEST_CASE(what_was_not_kept_is_made_up_for_without_another_step) {
  disk.is_full = true;
  put(0, "a", "1");
  put(0, "b", "2");
  erase(0, "before");
  disk.is_full = false;
  BOOST_TEST(!is_all_kept());
  wake();
  BOOST_TEST(is_all_kept());
  BOOST_TEST(((*this)[0].wake_at() == never));
}

BOOST_AUTO_TEST_CASE(a_lasting_problem_is_met_less_and_less_often) {
  disk.is_full = true;
  std::vector<duration> pauses;
  auto last = now.at;
  // A step every 10 ms, for four minutes.
  for (int i = 0; i < 24'000; ++i) {
    auto before = disk.attempts;
    put(0, "k" + std::to_string(i % 5), "v");
    if (disk.attempts != before)
      pauses.push_back(now.at - std::exchange(last, now.at));
    now.at += 10ms;
    now.wall += 10ms;
  }
  std::vector<duration> expected{0ms,    200ms,  400ms,   800ms,  1600ms,
                                 3200ms, 6400ms, 12800ms, 25600ms};
  for (auto sum = 51s; sum + 30s < 240s; sum += 30s)
    expected.push_back(30s);
  BOOST_TEST((pauses == expected));
  BOOST_TEST(disk.snapshots == 0u);
  BOOST_TEST(status().failed_steps == 24'000u);
}

BOOST_AUTO_TEST_CASE(it_gets_what_it_lacks_and_no_more) {
  write("k", 100);
  disk.is_full = true;
  write("new", 5);
  write("new", 5);
  disk.is_full = false;
  disk.written = 0;
  wake();
  BOOST_TEST(disk.written == 5u);
  BOOST_TEST(disk.snapshots == 0u);
  BOOST_TEST(is_all_kept());
}

BOOST_AUTO_TEST_CASE(a_store_that_lacks_much_gets_everything) {
  disk.is_full = true;
  write("new", 20);
  disk.is_full = false;
  wake();
  BOOST_TEST(disk.snapshots == 1u);
  BOOST_TEST(is_all_kept());
  put(0, "next", "v");
  BOOST_TEST(disk.snapshots == 1u);
  BOOST_TEST(is_all_kept());
}

BOOST_AUTO_TEST_CASE(a_damaged_store_gets_everything) {
  write("k", 5);
  disk.is_damaged = true;
  put(0, "a", "1");
  BOOST_TEST(disk.snapshots == 0u);
  wake();
  BOOST_TEST(disk.snapshots == 1u);
  BOOST_TEST(is_all_kept());
}

BOOST_AUTO_TEST_CASE(also_if_it_is_full_at_first) {
  disk.is_damaged = true;
  put(0, "a", "1");
  disk.is_full = true;
  wake();
  BOOST_TEST(status().problem == "the store is full");
  disk.is_full = false;
  wake();
  BOOST_TEST(disk.snapshots == 2u);
  BOOST_TEST(is_all_kept());
}

BOOST_AUTO_TEST_CASE(
  a_replica_that_begins_anew_meanwhile_is_kept_as_it_is_now) {
  replica_bench x{2};
  BOOST_TEST(!x[1].keep_in(disk, x.now));
  x.put(0, "of 0", "v");
  x.put(1, "of 1", "v");
  BOOST_TEST(x[0].forget(x.id(1), x.now));
  disk.is_full = true;
  x.connect_all();
  BOOST_TEST(x[1].stats().renewals == 1u);
  disk.is_full = false;
  x.pass(1min);
  BOOST_TEST(disk.snapshots == 0u);
  sync::replica again{replica_id{77}, {}, 1};
  BOOST_TEST(!again.keep_in(disk, x.now));
  BOOST_TEST((again.map().digest() == x[1].map().digest()));
  BOOST_TEST(again.map().size() == 1u);
}

BOOST_AUTO_TEST_CASE(at_the_end_it_is_tried_once_more_at_once) {
  disk.is_full = true;
  put(0, "a", "1");
  disk.is_full = false;
  (*this)[0].keep_owed(now);
  BOOST_TEST(is_all_kept());
  auto attempts = disk.attempts;
  (*this)[0].keep_owed(now);
  BOOST_TEST(disk.attempts == attempts);
}

BOOST_AUTO_TEST_CASE(the_status_tells_what_is_wrong_and_since_when) {
  using sync::store_state;
  using sync::store_status;
  BOOST_TEST((sync::replica{id(1), {}, 1}.store() == store_status{}));
  auto begin = now.wall;
  BOOST_TEST((status() == store_status{store_state::works, begin, {}, 0}));
  pass(1min);
  disk.is_full = true;
  auto failed_at = now.wall;
  put(0, "a", "1");
  put(0, "b", "2");
  store_status full{store_state::fails, failed_at, "the store is full", 2};
  BOOST_TEST((status() == full));
  wake(); // nothing new to keep
  BOOST_TEST((status() == full));
  disk.is_full = false;
  wake();
  store_status again{store_state::works, now.wall, {}, 2};
  BOOST_TEST((status() == again));
}

BOOST_AUTO_TEST_SUITE_END()
