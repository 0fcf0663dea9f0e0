// SPDX-License-Identifier: MIT

#include "horde/sync/persistence.hpp"

#include <boost/test/unit_test.hpp>
#include <map>

#include "support/replica_bench.hpp"
#include "support/twin_keys.hpp"

using namespace horde;
using namespace horde::sim;

namespace {

/// A store in memory.
class store : public sync::storage {
public:
  std::optional<std::string> header;
  std::map<std::uint64_t, std::string> records;
  std::size_t written = 0; ///< records, ever

  outcome<std::optional<sync::stored_state>> load() override {
    if (!header)
      return std::optional<sync::stored_state>{};
    sync::stored_state result{*header, {}};
    for (const auto& [hash, bytes] : records)
      result.records.push_back({hash, bytes});
    return std::optional{result};
  }

  std::optional<failure>
  append(std::string_view x,
         std::span<const sync::stored_record> changed) override {
    header = x;
    for (const auto& record : changed) {
      ++written;
      if (record.bytes.empty())
        records.erase(record.hash);
      else
        records[record.hash] = record.bytes;
    }
    return std::nullopt;
  }

  std::optional<failure> snapshot(const sync::stored_state& x) override {
    records.clear();
    return append(x.header, x.records);
  }
};

/// Replica 0 keeps its steps.
struct kept : replica_bench {
  store disk;
  sync::persistence keeper{disk};

  kept() : replica_bench(2) {}

  void keep() { BOOST_TEST(!keeper.keep((*this)[0], changed)); }

  void write(std::string_view key, const std::string& value) {
    put(0, key, value);
    keep();
  }

  /// A new incarnation with what was kept.
  sync::replica restarted(std::uint64_t id = 77, std::uint64_t digest_key = 0) {
    sync::config cfg;
    cfg.digest_key = digest_key;
    sync::replica result{replica_id{id}, cfg, 1};
    problem = keeper.restore(result, now);
    return result;
  }

  std::optional<failure> problem;
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
    write("key " + std::to_string(i % 7), std::to_string(i));
  write("empty", "");
  write(twin_a, "a");
  write(twin_b, "b");
  erase(0, "key 3");
  keep();
  erase(0, twin_a);
  keep();
  auto x = restarted();
  BOOST_TEST(!problem);
  BOOST_TEST(
    (crdt::contents_of(x.map()) == crdt::contents_of((*this)[0].map())));
  BOOST_TEST((x.map().seen() == (*this)[0].map().seen()));
  BOOST_TEST((x.map().digest() == (*this)[0].map().digest()));
  auto step = x.finish(now);
  BOOST_TEST(step.changed.size() == x.map().size()); // its owner is told
}

BOOST_AUTO_TEST_CASE(a_step_writes_what_changed_only) {
  for (int i = 0; i < 100; ++i)
    write("key " + std::to_string(i), "v");
  disk.written = 0;
  write("key 5", "w");
  BOOST_TEST(disk.written == 1u);
}

BOOST_AUTO_TEST_CASE(what_was_erased_before_the_crash_stays_erased) {
  connect_all();
  write("k", "v");
  run();
  down(1, 0); // replica 1 does not hear of it
  erase(0, "k");
  keep();
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
  write("k", "v");
  now.wall -= std::chrono::minutes{30};
  auto x = restarted();
  auto before = x.winner("k")->when;
  BOOST_TEST((x.stamp_at(now) > before));
}

BOOST_AUTO_TEST_CASE(a_store_of_another_cluster_is_refused) {
  write("k", "v");
  auto x = restarted(77, 42);
  BOOST_REQUIRE(problem);
  BOOST_TEST((problem->code == errc::store_unusable));
  BOOST_TEST(x.map().size() == 0u);
}

BOOST_AUTO_TEST_CASE(damage_is_refused_and_a_snapshot_repairs_it) {
  write("k", "v");
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
  BOOST_TEST(!keeper.keep_all((*this)[0]));
  auto x = restarted();
  BOOST_TEST(!problem);
  BOOST_TEST(x.map().size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
