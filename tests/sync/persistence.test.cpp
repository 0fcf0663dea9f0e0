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
  sync::replica restarted() {
    sync::replica result{replica_id{77}, {}, 1};
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

/// What was written in a cluster of this name and key, read in another.
std::optional<failure> read_elsewhere(const sync::config& wrote,
                                      const sync::config& reads) {
  memory_store disk;
  moment now;
  sync::replica writer{replica_id{1}, wrote, 1};
  BOOST_TEST(!writer.keep_in(disk, now));
  writer.put("k", "v", writer.stamp_at(now));
  writer.finish(now);
  sync::replica reader{replica_id{2}, reads, 1};
  auto result = reader.keep_in(disk, now);
  BOOST_TEST(reader.map().size() == (result ? 0u : 1u));
  return result;
}

sync::config in_cluster(std::string name, std::uint64_t digest_key) {
  sync::config result;
  result.cluster = std::move(name);
  result.digest_key = digest_key;
  return result;
}

BOOST_AUTO_TEST_CASE(a_store_of_another_cluster_is_refused_by_both_names) {
  BOOST_TEST(!read_elsewhere(in_cluster("one", 1), in_cluster("one", 1)));
  auto problem = read_elsewhere(in_cluster("one", 1), in_cluster("two", 2));
  BOOST_REQUIRE(problem);
  BOOST_TEST((problem->code == errc::store_unusable));
  BOOST_TEST(problem->what
             == "store 'memory': was written in cluster 'one', and this is "
                "cluster 'two': use that name, or another store");
}

BOOST_AUTO_TEST_CASE(another_digest_key_is_refused_and_told_what_to_do) {
  auto problem = read_elsewhere(in_cluster("one", 1), in_cluster("one", 2));
  BOOST_REQUIRE(problem);
  BOOST_TEST((problem->code == errc::store_unusable));
  BOOST_TEST(
    problem->what
    == "store 'memory': was written in cluster 'one' with another "
       "digest key: use the version that wrote it, or remove it (other "
       "members give back what they have)");
}

BOOST_AUTO_TEST_CASE(a_store_that_does_not_tell_its_cluster_is_read) {
  put(0, "k", "v");
  // Format 2 had no name, which is empty here.
  disk.header = "\x02" + disk.header->substr(2);
  auto x = restarted();
  BOOST_TEST(!problem);
  BOOST_TEST(x.map().size() == 1u);
  sync::replica elsewhere{replica_id{77}, in_cluster("two", 2), 1};
  problem = elsewhere.keep_in(disk, now);
  BOOST_REQUIRE(problem);
  BOOST_TEST(problem->what
             == "store 'memory': was written in a cluster with another name, "
                "and this is cluster 'two': use that name, or another store");
}

BOOST_AUTO_TEST_SUITE_END()
