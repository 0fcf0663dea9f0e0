// SPDX-License-Identifier: MIT
//
// News where not everybody reaches everybody.

#include "horde/sync/mesh.hpp"

#include <boost/test/unit_test.hpp>

#include "support/replica_bench.hpp"

using namespace horde;
using namespace horde::sim;
using namespace std::chrono_literals;

namespace {

using ids = std::vector<replica_id>;

ids ids_of(std::initializer_list<std::uint64_t> xs) {
  ids result;
  for (auto x : xs)
    result.push_back(replica_id{x});
  return result;
}

ids list(std::span<const replica_id> xs) {
  return {xs.begin(), xs.end()};
}

/// Replicas of which only some are neighbours. No insurance: what is not told
/// in time is not told at all.
struct holey_bench : replica_bench {
  explicit holey_bench(std::size_t n) : replica_bench(n, config()) {}

  static sync::config config() {
    sync::config result;
    result.reconcile_every = 24h;
    return result;
  }

  void connect(std::size_t i, std::size_t j) {
    up(i, j);
    up(j, i);
  }

  std::size_t pushes = 0; ///< with news

  /// Delivers all but what is between `i` and `j`.
  void run_without(std::size_t i, std::size_t j) {
    while (!mail.empty()) {
      auto x = take();
      if ((x.from == id(i) && x.to == id(j))
          || (x.from == id(j) && x.to == id(i)))
        continue;
      auto p = as<sync::push>(x);
      pushes += p && !(p->own.empty() && p->relayed.empty()) ? 1 : 0;
      deliver(x);
    }
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(mesh_tests)

BOOST_AUTO_TEST_CASE(who_said_nothing_counts_as_reaching_everybody) {
  sync::mesh x{replica_id{1}};
  BOOST_TEST(x.update(ids_of({2, 3})).empty());
  BOOST_TEST(x.holes(replica_id{2}).empty());
}

BOOST_AUTO_TEST_CASE(a_hole_is_whom_we_reach_and_the_writer_does_not) {
  sync::mesh x{replica_id{1}};
  x.told(replica_id{2}, ids_of({1, 4}));
  BOOST_TEST((x.update(ids_of({2, 3, 4})) == ids_of({3})));
  BOOST_TEST((list(x.holes(replica_id{2})) == ids_of({3})));
  BOOST_TEST((list(x.duties(replica_id{2})) == ids_of({3})));
  BOOST_TEST(x.update(ids_of({2, 3, 4})).empty()); // told once
  x.forget(replica_id{2});
  BOOST_TEST(x.holes(replica_id{2}).empty());
}

BOOST_AUTO_TEST_CASE(exactly_one_of_those_that_reach_both_has_the_duty) {
  // 1 and 9 do not reach each other; 2 to 8 reach everybody.
  std::size_t duties = 0;
  for (std::uint64_t self = 2; self <= 8; ++self) {
    sync::mesh x{replica_id{self}};
    ids others;
    for (std::uint64_t other = 1; other <= 9; ++other) {
      if (other == self)
        continue;
      others.push_back(replica_id{other});
      ids reached;
      for (std::uint64_t i = 1; i <= 9; ++i)
        if (i != other && !(other == 1 && i == 9) && !(other == 9 && i == 1))
          reached.push_back(replica_id{i});
      x.told(replica_id{other}, reached);
    }
    x.update(others);
    duties += x.duties(replica_id{1}).size();
  }
  BOOST_TEST(duties == 1u);
}

BOOST_AUTO_TEST_CASE(news_go_down_a_line_at_once) {
  holey_bench x{5};
  for (std::size_t i = 0; i < 4; ++i)
    x.connect(i, i + 1);
  x.settle();
  x.put(0, "k", "v");
  x.run();
  BOOST_TEST(x.value(4, "k") == "v");
  x.erase(4, "k");
  x.run();
  BOOST_TEST(x.value(0, "k") == "(none)");
  x.put(2, "a", "1");
  x.put(2, "b", "2");
  x[2].clear();
  x.put(2, "c", "3");
  x.settle();
  BOOST_TEST(x.all_equal());
  BOOST_TEST(x.value(0, "c") == "3");
}

BOOST_AUTO_TEST_CASE(in_a_ring_everybody_hears_everything) {
  holey_bench x{6};
  for (std::size_t i = 0; i < 6; ++i)
    x.connect(i, (i + 1) % 6);
  x.settle();
  for (std::size_t i = 0; i < 60; ++i)
    x.put(i % 6, "key " + std::to_string(i % 9), std::to_string(i));
  x.run();
  for (std::size_t i = 0; i < 6; ++i)
    for (int key = 0; key < 9; ++key) {
      auto name = "key " + std::to_string(key);
      BOOST_TEST(x.value(i, name) == x.value(0, name));
    }
}

BOOST_AUTO_TEST_CASE(one_broken_link_is_gone_around) {
  holey_bench x{5};
  x.connect_all();
  x.put(0, "before", "v");
  x.run_without(0, 4);
  BOOST_TEST(x.value(4, "before") == "(none)");
  // The writer notices that its group is not acknowledged, says so, and
  // somebody else steps in.
  for (int i = 0; i < 20; ++i) {
    x.pass(100ms);
    x.run_without(0, 4);
  }
  BOOST_TEST(x.value(4, "before") == "v");
  x.pushes = 0;
  x.put(0, "after", "v");
  x.run_without(0, 4);
  BOOST_TEST(x.value(4, "after") == "v");
  BOOST_TEST(x.pushes == 4u); // three by the writer, one by its relay
  for (int i = 0; i < 100; ++i) {
    x.pass(100ms);
    x.run();
  }
  x.put(0, "healed", "v");
  x.run();
  BOOST_TEST(x.all_equal());
}

BOOST_AUTO_TEST_CASE(too_much_to_pass_on_ends_in_an_invitation) {
  auto cfg = holey_bench::config();
  cfg.max_relayed_keys = 4;
  replica_bench x{3, cfg};
  x.up(0, 1);
  x.up(1, 0);
  x.up(1, 2);
  x.up(2, 1);
  x.settle();
  for (int i = 0; i < 50; ++i) {
    x.put(0, "key " + std::to_string(i), "v");
    while (!x.mail.empty() && x.mail.front().to != replica_bench::id(2))
      x.deliver_next();
  }
  for (int i = 0; i < 30; ++i)
    x.pass(100ms), x.run();
  BOOST_TEST(x[2].map().size() == 50u);
  BOOST_TEST(x.all_equal());
}

BOOST_AUTO_TEST_CASE(a_lost_notice_is_said_again) {
  holey_bench x{3};
  x.connect(0, 1);
  x.connect(1, 2);
  x.run();
  x.pass(200ms);
  x.mail.clear(); // all notices
  x.put(0, "k", "v");
  for (int i = 0; i < 20; ++i) {
    x.pass(100ms);
    x.run();
  }
  BOOST_TEST(x.value(2, "k") == "v");
  x.put(0, "k", "w");
  x.run();
  BOOST_TEST(x.value(2, "k") == "w");
}

BOOST_AUTO_TEST_CASE(who_forgot_a_neighbour_is_told_its_reach_again) {
  holey_bench x{3};
  x.connect(0, 1);
  x.connect(1, 2);
  x.settle();
  x.down(1, 0); // replica 0 does not notice
  x.up(1, 0);
  x.settle();
  x.pass(200ms);
  x.run();
  x.put(0, "k", "v");
  x.run();
  BOOST_TEST(x.value(2, "k") == "v");
}

BOOST_AUTO_TEST_CASE(what_a_stranger_noted_is_told_again_when_it_is_none) {
  holey_bench x{4};
  x.connect(0, 1);
  x.connect(1, 2);
  x.settle();
  x.down(1, 0); // replica 0 does not notice
  x.connect(0, 3);
  std::optional<packet> noted;
  auto run = [&] {
    while (!x.mail.empty())
      if (auto m = x.take(); m.from == x.id(1) && as<sync::noted>(m))
        noted = m;
      else
        x.deliver(m);
  };
  run();
  x.pass(200ms);
  run();
  BOOST_REQUIRE(noted.has_value());
  x.up(1, 0);
  run(); // replica 1 asks
  x.deliver(*noted);
  x.settle();
  x.put(0, "k", "v");
  x.run();
  BOOST_TEST(x.value(2, "k") == "v");
}

// Of two notices the later one arrives first, at somebody that takes its sender
// for a stranger.
BOOST_AUTO_TEST_CASE(who_keeps_an_older_notice_only_is_told_again) {
  for (auto is_late : {false, true}) { // what it noted of the later one
    holey_bench x{4};
    x.connect(0, 1);
    x.connect(0, 2);
    x.settle();
    x.down(1, 0); // replica 0 does not notice
    std::vector<packet> notices;
    std::vector<packet> noted;
    auto run = [&] {
      while (!x.mail.empty())
        if (auto m = x.take(); m.to == x.id(1) && as<sync::notice>(m))
          notices.push_back(m);
        else if (m.from == x.id(1) && as<sync::noted>(m))
          noted.push_back(m);
        else
          x.deliver(m);
    };
    x.connect(0, 3);
    run();
    x.pass(200ms);
    run();
    x.down(0, 2);
    x.down(2, 0);
    x.pass(200ms);
    run();
    BOOST_REQUIRE(!notices.empty());
    BOOST_REQUIRE(as<sync::notice>(notices.front())->reached.size() == 3u);
    BOOST_REQUIRE(as<sync::notice>(notices.back())->reached.size() == 2u);
    x.deliver(notices.back());
    run();
    x.up(1, 0);
    run();
    x.deliver(notices.front());
    run();
    BOOST_REQUIRE(noted.size() == 2u);
    for (const auto& m : {noted[is_late ? 1 : 0], noted[is_late ? 0 : 1]})
      x.deliver(m);
    x.connect(1, 2);
    x.settle();
    x.put(0, "k", "v");
    x.run();
    BOOST_TEST(x.value(2, "k") == "v");
  }
}

BOOST_AUTO_TEST_CASE(the_last_words_of_a_suspect_are_asked_for) {
  holey_bench x{3};
  x.connect_all();
  x.put(0, "k", "last words");
  x.deliver_next(); // reaches replica 1
  x.mail.clear();   // but not replica 2
  x[2].neighbour_suspect(x.id(0), x.now);
  x.finish(2);
  x.run();
  BOOST_TEST(x.value(2, "k") == "last words");
}

BOOST_AUTO_TEST_SUITE_END()
