// SPDX-License-Identifier: MIT
//
// Automatic members that nobody hears of for long: who removes them, who
// believes it, and what becomes of it when they meet again.

#include "horde/membership/roster.hpp"

#include <boost/test/unit_test.hpp>

#include "support/roster_bench.hpp"

using namespace horde;
using namespace horde::membership;
using namespace std::chrono_literals;
using sim::ids;
using bench = sim::roster_bench;

BOOST_AUTO_TEST_SUITE(removal_tests)

BOOST_AUTO_TEST_CASE(an_automatic_member_that_is_lost_for_long_is_removed) {
  bench b;
  for (auto name : {"a", "b", "c"})
    b.add(name, 1);
  b.link(0, 1);
  b.link(0, 2);
  b.link(1, 2);
  b.cut({2});
  b.pass(59min);
  BOOST_TEST(b.list(1) == "a:alive b:alive c:dead ");
  b.pass(31min);
  for (std::size_t i : {0, 1}) {
    BOOST_TEST(b.list(i) == "a:alive b:alive ");
    BOOST_TEST(b[i].is_departed(*b.all[i].map, bench::replica(2)));
  }
  b.pass(2h); // and nothing is left of it
  for (std::size_t i : {0, 1}) {
    BOOST_TEST(b.list(i) == "a:alive b:alive ");
    BOOST_TEST(b.all[i].map->stats().known_replicas == 2U);
    BOOST_TEST(b.all[i].map->map().size() == 4U); // two records a member
  }
}

BOOST_AUTO_TEST_CASE(static_and_dynamic_members_are_never_removed) {
  for (auto mode : {member_mode::fixed, member_mode::dynamic}) {
    bench b;
    b.add("a", 1, mode, ids({"a", "b", "x"}));
    b.add("b", 1, mode, ids({"a", "b", "x"}));
    b.link(0, 1);
    b.cut({1});
    b.pass(5h);
    BOOST_TEST(b.list(0) == "a:alive b:dead x:uninitialized ");
  }
}

BOOST_AUTO_TEST_CASE(who_was_down_for_less_is_not_removed_and_counts_anew) {
  bench b;
  b.add("a", 1);
  b.add("b", 1);
  b.link(0, 1);
  for (int i = 0; i < 5; ++i) {
    b.cut({1});
    b.pass(50min);
    BOOST_TEST(b.list(0) == "a:alive b:dead ");
    b.link(0, 1);
    b.pass(16min); // some look sees that it is there
    BOOST_TEST(b.list(0) == "a:alive b:alive ");
  }
}

BOOST_AUTO_TEST_CASE(whom_others_reach_is_not_removed) {
  bench b;
  for (auto name : {"a", "b", "c"})
    b.add(name, 1);
  b.link(0, 1);
  b.link(1, 2);
  b.link(0, 2);
  b.unlink(0, 2);
  b.node(0, 2, node_state::down);
  b.node(2, 0, node_state::down);
  b.pass(5h);
  BOOST_TEST(b.list(0) == "a:alive b:alive c:dead ");
  BOOST_TEST(b.list(1) == "a:alive b:alive c:alive ");
  auto seen = b[0].report(*b.all[0].map);
  BOOST_TEST(!seen[2].linked);
  BOOST_TEST(seen[2].reached);
}

BOOST_AUTO_TEST_CASE(sides_that_removed_each_other_are_one_when_they_meet) {
  bench b;
  for (auto name : {"a", "b", "c"})
    b.add(name, 1);
  b.link(0, 1);
  b.link(0, 2);
  b.link(1, 2);
  b.cut({2});
  b.pass(90min);
  BOOST_TEST(b.list(0) == "a:alive b:alive ");
  BOOST_TEST(b.list(2) == "c:alive ");
  b.link(1, 2); // before a hears anything of c
  BOOST_TEST(b[2].is_member());
  BOOST_TEST(b.list(1) == "a:alive b:alive c:alive ");
  b.pass(1min);
  BOOST_TEST(b.list(0) == "a:alive b:alive c:dead "); // it took it back
  b.link(0, 2);
  for (std::size_t i = 0; i < 3; ++i) {
    BOOST_TEST(b.list(i) == "a:alive b:alive c:alive ");
    BOOST_TEST(b[i].departed().empty());
    BOOST_TEST(b.all[i].map->stats().renewals == 0U);
  }
}

BOOST_AUTO_TEST_CASE(nobody_who_meets_a_removed_member_misses_it_for_a_moment) {
  bench b;
  for (auto name : {"a", "b", "c"})
    b.add(name, 1);
  b.link(0, 1);
  b.link(0, 2);
  b.link(1, 2);
  b.cut({0});
  b.pass(90min);
  BOOST_TEST(b.list(0) == "a:alive ");
  b.hears(1, 0);
  b.hears(0, 1);
  // One message after the other: b never loses c, which is beside it.
  while (!b.mail.empty()) {
    auto p = b.mail.front();
    b.mail.pop_front();
    auto i = static_cast<std::size_t>(p.to) - 1;
    b.all[i].map->receive(p.from, *p.bytes, b.now);
    b.step(i);
    BOOST_TEST((b[1].find(bench::id("c")) != nullptr));
    BOOST_TEST(b[1].is_visible(bench::replica(2)));
    BOOST_TEST(b[2].is_member());
  }
}

BOOST_AUTO_TEST_CASE(only_the_side_with_quorum_of_the_current_set_removes) {
  bench b;
  b.with_quorum = true;
  for (auto name : {"a", "b", "c", "d", "e"})
    b.add(name, 1);
  for (std::size_t i = 0; i < 5; ++i)
    for (std::size_t j = 0; j < i; ++j)
      b.link(i, j);
  b.cut({3, 4});
  b.pass(5h);
  BOOST_TEST(b.list(0) == "a:alive b:alive c:alive ");
  BOOST_TEST(b.list(3) == "a:dead b:dead c:dead d:alive e:alive ");
  b.cut({2}); // of the three that are left, whom d and e never see as such
  b.pass(5h);
  BOOST_TEST(b.list(0) == "a:alive b:alive ");
  BOOST_TEST(b.list(2) == "a:dead b:dead c:alive ");
  b.cut({1}); // two of two are needed now
  b.pass(5h);
  BOOST_TEST(b.list(0) == "a:alive b:dead ");
  BOOST_TEST(b.list(1) == "a:dead b:alive ");
}

BOOST_AUTO_TEST_CASE(a_majority_counts_members_that_are_down) {
  auto of = [](std::initializer_list<member_status> xs, bool linked = true) {
    std::vector<member_info> result;
    for (auto x : xs)
      result.push_back({{}, x, {}, {}, linked, false, {}});
    return has_majority(result);
  };
  using enum member_status;
  BOOST_TEST(!of({}));
  BOOST_TEST(of({alive}));
  BOOST_TEST(!of({alive, dead}));
  BOOST_TEST(!of({alive, uninitialized}));
  BOOST_TEST(of({alive, suspect, dead}));
  BOOST_TEST(of({alive, shutting_down, dead}));
  BOOST_TEST(!of({alive, alive, dead, dead}));
  BOOST_TEST(!of({alive, suspect}, false));
}

BOOST_AUTO_TEST_CASE(who_never_said_who_it_is_is_taken_out_after_long) {
  bench b;
  b.add("a", 1);
  b.set(0, ids({"a", "x"}));
  b.pass(59min);
  BOOST_TEST(b.list(0) == "a:alive x:uninitialized ");
  b.pass(31min);
  BOOST_TEST(b.list(0) == "a:alive ");
}

BOOST_AUTO_TEST_CASE(a_new_life_of_a_removed_member_is_in_at_once) {
  bench b;
  b.add("a", 1);
  b.add("b", 1);
  b.link(0, 1);
  b.cut({1});
  b.pass(90min);
  BOOST_TEST(b.list(0) == "a:alive ");
  b.add("b", 2);
  b.link(0, 2);
  BOOST_TEST(b.list(0) == "a:alive b:alive ");
  BOOST_TEST(b.list(2) == "a:alive b:alive ");
  b.pass(1h);
  auto& map = *b.all[0].map;
  BOOST_TEST(map.versions(make_key(record_kind::removed, "h@b")).empty());
}

BOOST_AUTO_TEST_CASE(since_when_a_member_is_as_it_is) {
  bench b;
  b.add("a", 1);
  b.add("b", 1);
  b.link(0, 1);
  auto linked = b.now.wall;
  b.pass(1min);
  auto since = [&] { return b[0].find(bench::id("b"))->since; };
  BOOST_TEST((since() == linked));
  b.cut({1});
  auto down = b.now.wall;
  b.pass(1min);
  BOOST_TEST((since() == down));
}

BOOST_AUTO_TEST_SUITE_END()
