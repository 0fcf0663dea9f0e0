// SPDX-License-Identifier: MIT

#include "horde/sync/persistence.hpp"

#include <boost/test/unit_test.hpp>

#include "support/memory_store.hpp"
#include "support/replica_bench.hpp"
#include "support/twin_keys.hpp"

using namespace horde;
using namespace horde::sim;

namespace {

/// Replica 0 keeps its steps.
struct kept : replica_bench {
  memory_store disk;
  std::optional<failure> problem;

  kept() : replica_bench(2) { BOOST_TEST(!(*this)[0].keep_in(disk, now)); }

  /// A new incarnation with what was kept.
  sync::replica restarted(std::uint64_t digest_key = 0) {
    sync::config cfg;
    cfg.digest_key = digest_key;
    sync::replica result{replica_id{77}, cfg, 1};
    problem = result.keep_in(disk, now);
    return result;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(persistence_tests, kept)

BOOST_AUTO_TEST_CASE(a_new_store_gives_nothing) {
  auto x = restarted();
  BOOST_TEST(!problem);
  BOOST_TEST(x.map().size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_restarted_replica_has_what_was_kept) {
  for (int i = 0; i < 20; ++i)
    put(0, "key " + std::to_string(i % 7), std::to_string(i));
  put(0, "empty", "");
  put(0, twin_a, "a");
  put(0, twin_b, "b");
  erase(0, "key 3");
  erase(0, twin_a);
  auto x = restarted();
  BOOST_TEST(!problem);
  BOOST_TEST(
    (crdt::contents_of(x.map()) == crdt::contents_of((*this)[0].map())));
  auto expected = (*this)[0].map().seen();
  expected.know(x.id());
  BOOST_TEST((x.map().seen() == expected));
  BOOST_TEST((x.map().digest() == (*this)[0].map().digest()));
  auto step = x.finish(now);
  BOOST_TEST(step.changed.size() == x.map().size()); // its owner is told
}

BOOST_AUTO_TEST_CASE(a_removal_of_what_never_came_is_kept_too) {
  crdt::key_delta gone{"k", {}, {{id(1), 1}}};
  auto bytes = std::make_shared<const std::string>(push_of(gone));
  deliver({id(1), id(0), bytes});
  BOOST_TEST(changed.empty());
  auto x = restarted();
  BOOST_TEST(x.map().seen().contains({id(1), 1}));
}

BOOST_AUTO_TEST_CASE(a_step_writes_what_changed_only) {
  for (int i = 0; i < 100; ++i)
    put(0, "key " + std::to_string(i), "v");
  disk.written = 0;
  put(0, "key 5", "w");
  BOOST_TEST(disk.written == 1u);
}

BOOST_AUTO_TEST_CASE(what_was_erased_before_the_crash_stays_erased) {
  connect_all();
  put(0, "k", "v");
  run();
  down(1, 0); // replica 1 does not hear of it
  erase(0, "k");
  auto x = restarted();
  x.neighbour_up(id(1), now);
  (*this)[1].neighbour_up(x.id(), now);
  for (int i = 0; i < 10; ++i) {
    for (const auto& s : x.finish(now).sends)
      (*this)[1].receive(x.id(), *s.bytes, now);
    for (const auto& s : (*this)[1].finish(now).sends)
      if (s.to == x.id())
        x.receive(id(1), *s.bytes, now);
  }
  BOOST_TEST(value(1, "k") == "(none)");
  BOOST_TEST(x.map().size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_write_after_a_restart_is_later_than_what_was_kept) {
  now.wall += std::chrono::minutes{30};
  put(0, "k", "v");
  now.wall -= std::chrono::minutes{30};
  auto x = restarted();
  auto before = x.winner("k")->when;
  BOOST_TEST((x.stamp_at(now) > before));
}

BOOST_AUTO_TEST_CASE(a_store_of_another_cluster_is_refused) {
  put(0, "k", "v");
  auto x = restarted(42);
  BOOST_REQUIRE(problem);
  BOOST_TEST((problem->code == errc::store_unusable));
  BOOST_TEST(x.map().size() == 0u);
}

BOOST_AUTO_TEST_CASE(damage_is_refused) {
  put(0, "k", "v");
  auto good = disk.records;
  auto refused = [&] {
    auto x = restarted();
    return problem && problem->code == errc::store_damaged
           && x.map().size() == 0u;
  };
  disk.records.begin()->second += "x";
  BOOST_TEST(refused());
  disk.records = {{good.begin()->first + 1, good.begin()->second}};
  BOOST_TEST(refused()); // under another hash
  disk.records = good;
  auto header = *disk.header;
  disk.header = header.substr(0, header.size() - 1);
  BOOST_TEST(refused());
  disk.header = "?" + header.substr(1);
  BOOST_TEST(refused());
}

BOOST_AUTO_TEST_CASE(a_step_that_was_not_kept_is_made_up_for) {
  put(0, "a", "1");
  disk.is_full = true;
  put(0, "b", "2");
  put(0, "c", "3");
  disk.is_full = false;
  erase(0, "a");
  auto x = restarted();
  BOOST_TEST(!problem);
  BOOST_TEST(
    (crdt::contents_of(x.map()) == crdt::contents_of((*this)[0].map())));
}

BOOST_AUTO_TEST_CASE(the_status_tells_how_the_store_does) {
  using sync::store_state;
  using sync::store_status;
  auto status = [&] { return (*this)[0].store(); };
  BOOST_TEST(((*this)[1].store() == store_status{}));
  BOOST_TEST((status() == store_status{store_state::works, {}, 0}));
  disk.is_full = true;
  put(0, "a", "1");
  put(0, "b", "2");
  store_status full{store_state::fails, "the store is full", 2};
  BOOST_TEST((status() == full));
  (*this)[0].finish(now); // nothing new to keep
  BOOST_TEST((status() == full));
  disk.is_full = false;
  (*this)[0].finish(now); // also makes up for what was lost
  BOOST_TEST((status() == store_status{store_state::works, {}, 2}));
  auto x = restarted();
  BOOST_TEST(x.map().size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
