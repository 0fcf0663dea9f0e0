// SPDX-License-Identifier: MIT
//
// The roster beside its replica: a few members on a bench, whose mail waits
// until a test delivers it.

#include "horde/membership/roster.hpp"

#include <boost/test/unit_test.hpp>

#include "horde/codec.hpp"
#include "support/roster_bench.hpp"

using namespace horde;
using namespace horde::membership;
using namespace std::chrono_literals;
using sim::ids;
using bench = sim::roster_bench;

namespace {

/// The bytes of what a member says of itself.
struct announced {
  node_id node;
  replica_id replica{};
  member_status status = member_status::alive;
  member_traits traits{};

  template <class Self>
  static auto fields(Self& x) {
    return make_record("announced", field("node", x.node),
                       field("replica", x.replica), field("status", x.status),
                       field("traits", x.traits));
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(roster_tests)

// -- three ways to set members -----------------------------------------------

BOOST_AUTO_TEST_CASE(automatic_members_find_each_other) {
  bench b;
  b.add("a", 1);
  b.add("b", 1);
  BOOST_TEST(b.list(0) == "a:alive ");
  b.link(0, 1);
  BOOST_TEST(b.list(0) == "a:alive b:alive ");
  BOOST_TEST(b.list(1) == "a:alive b:alive ");
}

BOOST_AUTO_TEST_CASE(who_adds_an_automatic_member_wins_over_who_removes_it) {
  bench b;
  for (auto name : {"a", "b", "c"})
    b.add(name, 1);
  b.link(0, 1);
  b.link(0, 2);
  b.link(1, 2);
  b.set(0, ids({"a", "b", "d"}));
  b.run();
  b.set(0, ids({"a", "b", "c", "d", "e"})); // at the same time:
  b.set(1, ids({"a", "b", "c"}));
  b.run();
  for (std::size_t i = 0; i < 3; ++i)
    BOOST_TEST(b.list(i) == "a:alive b:alive c:alive e:uninitialized ");
}

BOOST_AUTO_TEST_CASE(an_automatic_member_that_is_there_cannot_be_taken_out) {
  bench b;
  b.add("a", 1);
  b.add("b", 1);
  b.link(0, 1);
  b.set(0, ids({"a"}));
  b.run();
  for (std::size_t i = 0; i < 2; ++i)
    BOOST_TEST(b.list(i) == "a:alive b:alive ");
  BOOST_TEST(b[1].is_member());
}

BOOST_AUTO_TEST_CASE(a_static_list_is_enforced_and_cannot_be_set) {
  bench b;
  b.add("a", 1, member_mode::fixed, ids({"a", "b"}));
  b.add("x", 1, member_mode::fixed, ids({"a", "x"}));
  BOOST_TEST(!b.hears(0, 1));
  BOOST_TEST((b[0].outsiders() == std::set{bench::id("x")}));
  BOOST_TEST(b.all[0].map->neighbours().empty());
  BOOST_TEST(b.list(0) == "a:alive b:uninitialized ");
  auto problem = b.set(0, ids({"a"}));
  BOOST_REQUIRE(problem);
  BOOST_TEST((problem->code == errc::bad_option));
  BOOST_TEST(b.list(0) == "a:alive b:uninitialized ");
}

BOOST_AUTO_TEST_CASE(of_two_lists_the_latest_whole_one_wins_everywhere) {
  bench b;
  for (auto name : {"a", "b"})
    b.add(name, 1, member_mode::dynamic, ids({"a", "b"}));
  b.link(0, 1);
  b.set(0, ids({"a", "x"}));
  b.now.wall += 1s;
  b.set(1, ids({"b", "y"}));
  b.run();
  for (std::size_t i = 0; i < 2; ++i)
    BOOST_TEST(b.list(i) == "b:alive y:uninitialized ");
  BOOST_TEST(!b[0].is_member());
  b.now.wall -= 1h; // a list that saw the other is later, whatever clocks say
  b.set(0, ids({"a"}));
  b.run();
  for (std::size_t i = 0; i < 2; ++i)
    BOOST_TEST(b.list(i) == "a:alive ");
}

BOOST_AUTO_TEST_CASE(whoever_set_the_members_reads_them_at_once) {
  for (auto mode : {member_mode::dynamic, member_mode::automatic}) {
    bench b;
    b.add("a", 1, mode, ids({"a"}));
    b.set(0, ids({"a", "b"}));
    BOOST_TEST(b.list(0) == "a:alive b:uninitialized ");
    b.set(0, ids({"a"}));
    BOOST_TEST(b.list(0) == "a:alive ");
  }
}

// -- statuses ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_status_follows_from_what_it_says_and_from_its_node) {
  struct {
    node_state node;
    member_status says;
    member_status expected;
    bool visible;
  } rows[] = {
    {node_state::up, member_status::alive, member_status::alive, true},
    {node_state::up, member_status::shutting_down, member_status::shutting_down,
     true},
    {node_state::suspect, member_status::alive, member_status::suspect, true},
    {node_state::suspect, member_status::shutting_down, member_status::suspect,
     true},
    {node_state::down, member_status::alive, member_status::dead, false},
    {node_state::left, member_status::alive, member_status::dead, false},
  };
  for (const auto& row : rows) {
    bench b;
    b.add("a", 1);
    b.add("b", 1);
    b.link(0, 1);
    b[1].announce(*b.all[1].map, row.says, b.now);
    b.step(1);
    b.run();
    b.node(0, 1, row.node);
    BOOST_TEST(to_string(b[0].find(bench::id("b"))->status)
               == to_string(row.expected));
    BOOST_TEST(b[0].is_visible(bench::replica(1)) == row.visible);
  }
}

BOOST_AUTO_TEST_CASE(down_is_a_status_and_never_a_removal) {
  bench b;
  b.add("a", 1);
  b.add("b", 1);
  b.link(0, 1);
  b.node(0, 1, node_state::down);
  BOOST_TEST(b.list(0) == "a:alive b:dead ");
  BOOST_TEST(b[0].departed().empty());
  b.node(0, 1, node_state::up);
  BOOST_TEST(b.list(0) == "a:alive b:alive ");
}

BOOST_AUTO_TEST_CASE(a_change_that_only_concerns_departed_owners_is_told) {
  bench b;
  b.add("a", 1, member_mode::dynamic, ids({"a", "b"}));
  b.add("b", 1, member_mode::dynamic, ids({"a", "b"}));
  b.link(0, 1);
  b.set(0, ids({"a"}));
  BOOST_TEST(b[0].node_changed(b.all[1].node, node_state::down, b.now));
  BOOST_TEST((b[0].departed() == std::set{bench::replica(1)}));
}

// -- who departed ------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_removed_member_departs_when_it_is_down_and_may_return) {
  bench b;
  b.add("a", 1, member_mode::dynamic, ids({"a", "b"}));
  b.add("b", 1, member_mode::dynamic, ids({"a", "b"}));
  b.link(0, 1);
  b.set(0, ids({"a"}));
  BOOST_TEST(b[0].departed().empty()); // it will release its names itself
  b.node(0, 1, node_state::down);
  BOOST_TEST((b[0].departed() == std::set{bench::replica(1)}));
  b.node(0, 1, node_state::up);
  BOOST_TEST(b[0].departed().empty());
}

BOOST_AUTO_TEST_CASE(whoever_said_goodbye_or_stopped_departs_though_listed) {
  for (auto stopped : {false, true}) {
    bench b;
    b.add("a", 1, member_mode::fixed, ids({"a", "b"}));
    b.add("b", 1, member_mode::fixed, ids({"a", "b"}));
    b.link(0, 1);
    if (stopped)
      b[0].peer_down(*b.all[0].map, bench::replica(1), true, b.now);
    else
      b.node(0, 1, node_state::left);
    BOOST_TEST(b.list(0) == "a:alive b:dead ");
    BOOST_TEST((b[0].departed() == std::set{bench::replica(1)}));
  }
}

BOOST_AUTO_TEST_CASE(a_newer_incarnation_takes_the_place_of_the_older) {
  bench b;
  b.add("a", 1);
  b.add("b", 1);
  b.link(0, 1);
  b.add("b", 2);
  b.link(0, 2);
  BOOST_TEST(b.list(0) == "a:alive b:alive ");
  BOOST_TEST((b[0].find(bench::id("b"))->replica == bench::replica(2)));
  BOOST_TEST(b[0].find(bench::replica(1)) == nullptr);
  BOOST_TEST((b[0].departed() == std::set{bench::replica(1)}));
}

BOOST_AUTO_TEST_CASE(an_incarnation_is_over_when_its_node_has_a_newer_one) {
  bench b;
  b.add("a", 1);
  b.add("b", 1);
  b.link(0, 1);
  b[0].node_changed({"b", {2, 0}}, node_state::up,
                    b.now); // we know its node only
  BOOST_TEST(b.list(0) == "a:alive b:dead ");
  BOOST_TEST((b[0].departed() == std::set{bench::replica(1)}));
}

BOOST_AUTO_TEST_CASE(an_earlier_incarnation_is_forgotten_after_a_while) {
  bench x;
  for (auto name : {"a", "b", "c"})
    x.add(name, 1);
  x.link(0, 1);
  x.link(0, 2);
  x.link(1, 2);
  x.unlink(0, 2);
  x.unlink(1, 2);
  auto dead = bench::replica(2);
  x.add("c", 2);
  x.link(0, 3);
  x.link(1, 3);
  auto is_forgotten = [&](std::size_t i) {
    return x.all[i].map->map().seen().is_forgotten(dead);
  };
  x.pass(50min);
  BOOST_TEST(!is_forgotten(0));
  BOOST_TEST(x.all[0].map->stats().known_replicas == 4u);
  x.pass(1h);
  for (std::size_t i : {0, 1, 3}) {
    BOOST_TEST(is_forgotten(i));
    BOOST_TEST(x.all[i].map->stats().known_replicas == 3u);
    BOOST_TEST(x.all[i].map->stats().renewals == 0u);
  }
}

BOOST_AUTO_TEST_CASE(late_news_of_an_earlier_incarnation_changes_nothing) {
  bench b;
  b.add("a", 1);
  b.add("b", 1);
  b.add("b", 2);
  b.link(0, 2);
  auto before = b[0].members();
  b.hears(0, 1); // it fetches what the earlier life wrote
  b.hears(1, 0);
  b.run();
  b.node(0, 1, node_state::down);
  BOOST_TEST((b[0].find(bench::id("b"))->replica == bench::replica(2)));
  BOOST_TEST((b[0].members() == before));
  BOOST_TEST(!b[0].is_visible(bench::replica(1)));
}

BOOST_AUTO_TEST_CASE(a_replaced_incarnation_does_not_fight_and_is_no_member) {
  bench b;
  b.add("b", 1);
  b.add("b", 2);
  b.link(0, 1); // ends: nobody writes for ever
  BOOST_TEST(!b[0].is_member());
  BOOST_TEST(b[1].is_member());
  BOOST_TEST((b[0].find(bench::id("b"))->replica == bench::replica(1)));
}

BOOST_AUTO_TEST_CASE(a_newcomer_knows_that_an_owner_departed_before_it_came) {
  bench b;
  b.add("b", 1);
  b.add("c", 1);
  b.link(0, 1);
  b.unlink(0, 1);
  b.add("b", 2);
  b.link(1, 2);
  b.add("a", 1);
  b.link(1, 3);
  BOOST_TEST(b[3].departed().empty()); // it never met that replica
  BOOST_TEST(b[3].is_departed(*b.all[3].map, bench::replica(0)));
  BOOST_TEST(!b[3].is_departed(*b.all[3].map, bench::replica(1)));
  BOOST_TEST(!b[3].is_departed(*b.all[3].map, replica_id{99}));
}

BOOST_AUTO_TEST_CASE(a_replica_whose_record_was_erased_says_again_who_it_is) {
  bench b;
  b.add("a", 1);
  b.add("b", 1);
  b.link(0, 1);
  b.all[0].map->erase(make_key(record_kind::self, "h@b"));
  b.step(0);
  BOOST_TEST(b.list(0) == "a:alive b:uninitialized ");
  b.run();
  BOOST_TEST(b.list(0) == "a:alive b:alive ");
  BOOST_TEST(b[0].departed().empty());
}

BOOST_AUTO_TEST_CASE(a_thousand_dead_nodes_do_not_push_out_one_that_is_there) {
  bench b;
  b.add("z", 9);
  node_id old{"a", {1, 0}};
  b[0].node_changed(old, node_state::up, b.now);
  for (std::uint64_t life = 2; life < 5000; ++life)
    b[0].node_changed({"b" + std::to_string(life), {life, 0}}, node_state::down,
                      b.now);
  BOOST_TEST((b[0].state_of(old.life) == node_state::up));
  BOOST_TEST((b[0].state_of({4999, 0}) == node_state::down));
  BOOST_TEST(!b[0].state_of({2, 0}).has_value()); // long ago
}

// -- the end of a member -----------------------------------------------------

BOOST_AUTO_TEST_CASE(a_member_that_withdrew_is_no_member_for_anybody) {
  bench b;
  b.add("a", 1);
  b.add("b", 1);
  b.link(0, 1);
  b.withdraw(1);
  b.run();
  BOOST_TEST(b.list(0) == "a:alive ");
  BOOST_TEST(!b[1].is_member());
  BOOST_TEST(!b[0].is_departed(*b.all[0].map, bench::replica(1)));
  b.unlink(0, 1); // as long as it could answer nobody erases its entries
  BOOST_TEST(b[0].is_departed(*b.all[0].map, bench::replica(1)));
}

BOOST_AUTO_TEST_CASE(nobody_resurrects_a_member_that_withdrew) {
  bench b;
  b.add("a", 1);
  b.add("b", 2);
  b.link(0, 1);
  b.set(0, ids({"a"}));
  b.run();
  b.withdraw(1); // at the same time:
  b.set(0, ids({"a", "b"}));
  b.run();
  BOOST_TEST(b.list(0) == "a:alive ");
  // What an earlier life of it wrote arrives late.
  b.add("b", 1);
  b.link(0, 2); // ends, though it believes that it is there
  BOOST_TEST(b[0].find(bench::replica(2)) == nullptr);
  b.unlink(0, 2);
  b.set(0, ids({"a"}));
  b.run();
  b.add("c", 1); // a newcomer, which knows nothing of the newer life
  b.link(0, 3);
  BOOST_TEST(b.list(3) == "a:alive c:alive ");
  BOOST_TEST(b[3].find(bench::replica(2)) == nullptr);
}

BOOST_AUTO_TEST_CASE(whoever_withdrew_announces_nothing_any_more) {
  bench b;
  b.add("a", 1, member_mode::fixed, ids({"a"}));
  b.withdraw(0);
  b[0].announce(*b.all[0].map, member_status::shutting_down, b.now);
  b.step(0);
  BOOST_TEST(b.list(0) == "a:uninitialized ");
}

// -- the janitor -------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_first_alive_member_in_reach_is_the_janitor) {
  bench b;
  for (auto name : {"a", "b", "c"})
    b.add(name, 1);
  b.link(0, 1);
  b.link(1, 2);
  b.link(0, 2);
  auto janitors = [&] {
    return std::vector{b[0].is_janitor(), b[1].is_janitor(), b[2].is_janitor()};
  };
  BOOST_TEST((janitors() == std::vector{true, false, false}));
  b.node(1, 0, node_state::suspect);
  BOOST_TEST((janitors() == std::vector{true, true, false}));
  b.node(1, 0, node_state::up);
  b.unlink(1, 0); // nobody waits for one that only others reach
  BOOST_TEST((janitors() == std::vector{true, true, false}));
}

BOOST_AUTO_TEST_CASE(who_died_before_it_said_who_it_is_is_forgotten_too) {
  bench b;
  b.add("a", 1);
  sync::replica dead{replica_id{66}, {}, 1};
  dead.put("its record", "", dead.stamp_at(b.now)); // does not arrive
  dead.put("k", "v", dead.stamp_at(b.now));
  auto& map = *b.all[0].map;
  map.receive(dead.id(), sim::push_of({"k", {*dead.winner("k")}, {}}), b.now);
  b.step(0);
  b.mail.clear(); // the dead answer nobody
  BOOST_TEST(map.stats().known_replicas == 2U);
  b.pass(30min);
  BOOST_TEST(map.stats().known_replicas == 2U);
  b.pass(60min);
  BOOST_TEST(map.stats().known_replicas == 1U);
  BOOST_TEST(map.winner("k")->value == "v");
}

// -- traits ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(all_members_know_the_labels_and_weight_of_each) {
  bench b;
  b.add("a", 1, member_mode::automatic, {}, {{"ssd", "a", "ssd"}, 150});
  b.add("b", 1);
  b.link(0, 1);
  for (std::size_t i : {0u, 1u}) {
    auto x = b[i].find(bench::id("a"));
    BOOST_REQUIRE(x != nullptr);
    BOOST_TEST((x->labels == std::vector<std::string>{"a", "ssd"}));
    BOOST_TEST(x->weight == 150u);
    x = b[i].find(bench::id("b"));
    BOOST_REQUIRE(x != nullptr);
    BOOST_TEST(x->labels.empty());
    BOOST_TEST(x->weight == 100u);
  }
}

BOOST_AUTO_TEST_CASE(a_member_that_returns_may_have_other_traits) {
  bench b;
  b.add("a", 1);
  b.add("b", 1, member_mode::automatic, {}, {{"hdd"}, 50});
  b.link(0, 1);
  b.add("b", 2, member_mode::automatic, {}, {{"ssd"}, 200});
  b.link(0, 2);
  auto x = b[0].find(bench::id("b"));
  BOOST_REQUIRE(x != nullptr);
  BOOST_TEST((x->labels == std::vector<std::string>{"ssd"}));
  BOOST_TEST(x->weight == 200u);
}

// -- hostile input -----------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_is_no_record_of_its_writer_is_ignored) {
  bench b;
  b.add("a", 1);
  b.add("b", 1);
  b.link(0, 1);
  auto before = b[1].members();
  auto& map = *b.all[0].map;
  map.put(make_key(record_kind::self, "h@c"), "rubbish", map.stamp_at(b.now));
  map.put(make_key(record_kind::self, "no member id"), "", map.stamp_at(b.now));
  map.put(make_key(record_kind::member, "no member id"), "",
          map.stamp_at(b.now));
  // b's own record, as written by a.
  std::string copy{map.winner(make_key(record_kind::self, "h@b"))->value};
  map.put(make_key(record_kind::self, "h@b"), copy, map.stamp_at(b.now));
  b.step(0);
  b.run();
  BOOST_TEST((b[1].members() == before));
}

BOOST_AUTO_TEST_CASE(who_announces_impossible_traits_is_not_heard) {
  using strings = std::vector<std::string>;
  struct row {
    member_traits traits;
    bool heard;
  };
  const row rows[] = {{{{"ssd"}, 1000}, true},
                      {{{}, 0}, false},
                      {{{}, 1001}, false},
                      {{{"two words"}, 100}, false},
                      {{strings(33, "x"), 100}, false},
                      {{{std::string(65, 'x')}, 100}, false}};
  for (const auto& x : rows) {
    bench b;
    b.add("a", 1);
    announced c{{"c", {1, 7}}, replica_id{2001}};
    c.traits = x.traits;
    auto push = [&](record_kind kind, std::uint64_t n, std::string value) {
      crdt::version v{{c.replica, n}, crdt::stamp{n}, std::move(value)};
      auto bytes = sim::push_of({make_key(kind, "h@c"), {std::move(v)}, {}});
      b.all[0].map->receive(c.replica, bytes, b.now);
    };
    push(record_kind::self, 1, to_bytes(c));
    push(record_kind::member, 2, {});
    b.step(0);
    auto seen = b[0].find(bench::id("c"));
    BOOST_REQUIRE(seen != nullptr);
    BOOST_TEST((seen->status != member_status::uninitialized) == x.heard);
    BOOST_TEST((seen->labels == (x.heard ? x.traits.labels : strings{})));
    BOOST_TEST(seen->weight == (x.heard ? x.traits.weight : usual_weight));
  }
}

BOOST_AUTO_TEST_SUITE_END()
