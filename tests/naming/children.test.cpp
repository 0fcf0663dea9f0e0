// SPDX-License-Identifier: MIT
//
// Names of supervised children: copies of one child are no rivals.

#include <boost/test/unit_test.hpp>

#include "support/sim_registries.hpp"

using namespace horde;
using namespace horde::naming;
using namespace std::chrono_literals;
using sim::sim_registries;

namespace {

bool is_ok(const register_result& x) {
  return std::holds_alternative<registered>(x);
}

constexpr conflict_rule rules[] = {
  conflict_rule::last_wins, conflict_rule::first_wins, conflict_rule::decided};

sim_registries together(conflict_rule rule) {
  sim_registries result{1, {.nodes = 3, .conflicts = rule}};
  result.run_for(1s);
  return result;
}

void check(sim_registries& all) {
  BOOST_TEST(all.settle());
  BOOST_TEST(all.violation() == "");
}

} // namespace

BOOST_AUTO_TEST_SUITE(names_of_children)

BOOST_AUTO_TEST_CASE(a_copy_takes_the_name_and_keeps_it_when_the_former_ends) {
  for (auto rule : rules) {
    auto all = together(rule);
    auto before = all.spawn(0, false, "workers/ada");
    auto after = all.spawn(1, false, "workers/ada");
    BOOST_TEST(is_ok(all.register_name(before, "ada")));
    all.run_for(1s);
    BOOST_TEST(is_ok(all.register_name(after, "ada")));
    all.run_for(1s);
    BOOST_TEST(all.lookup(2, "ada") == after);
    all.end(before);
    check(all);
    for (std::size_t i = 0; i < 3; ++i)
      BOOST_TEST(all.lookup(i, "ada") == after);
    BOOST_TEST(all.evictions().empty());
  }
}

BOOST_AUTO_TEST_CASE(whichever_copy_ends_the_other_one_has_the_name) {
  for (auto rule : rules) {
    auto all = together(rule);
    all.cut(0, 1);
    all.cut(0, 2);
    all.run_for(5s);
    auto here = all.spawn(0, false, "workers/ada");
    auto there = all.spawn(1, false, "workers/ada");
    all.register_name(here, "ada");
    all.register_name(there, "ada");
    all.heal_all();
    all.run_for(5s);
    BOOST_TEST(all.evictions().empty());
    all.end(there); // as the supervisor decided
    check(all);
    for (std::size_t i = 0; i < 3; ++i)
      BOOST_TEST(all.lookup(i, "ada") == here);
  }
}

BOOST_AUTO_TEST_CASE(others_do_not_get_the_name_and_conflict_with_it_as_ever) {
  for (auto other : {"", "workers/bob", "others/ada"}) {
    auto all = together(conflict_rule::last_wins);
    auto ada = all.spawn(0, false, "workers/ada");
    all.register_name(ada, "ada");
    all.run_for(1s);
    BOOST_TEST(!is_ok(all.register_name(all.spawn(1, false, other), "ada")));
    all.cut(0, 1);
    all.cut(0, 2);
    all.run_for(5s);
    all.register_name(all.spawn(1, false, other), "ada");
    all.heal_all();
    check(all);
    BOOST_REQUIRE(all.evictions().size() == 1U);
    BOOST_TEST(all.evictions()[0].what.actor == ada);
  }
}

BOOST_AUTO_TEST_CASE(a_rival_of_the_first_copy_does_not_beat_the_second) {
  auto all = together(conflict_rule::first_wins);
  auto first = all.spawn(0, false, "workers/ada");
  all.register_name(first, "ada");
  all.cut(2, 0);
  all.cut(2, 1);
  all.run_for(5s);
  auto rival = all.spawn(2);
  all.register_name(rival, "ada");
  all.run_for(1s);
  auto second = all.spawn(1, false, "workers/ada");
  all.register_name(second, "ada");
  all.heal_all();
  check(all);
  BOOST_REQUIRE(all.evictions().size() == 1U);
  BOOST_TEST(all.evictions()[0].what.actor == rival);
  BOOST_TEST(all.lookup(0, "ada") == second);
}

BOOST_AUTO_TEST_CASE(what_a_process_is_may_be_learned_after_it_got_its_name) {
  auto all = together(conflict_rule::last_wins);
  auto before = all.spawn(0);
  all.register_name(before, "ada", "value");
  all.mark(before, "workers/ada");
  all.run_for(1s);
  BOOST_TEST(all.view(2).at("ada").child == "workers/ada");
  BOOST_TEST(all.view(2).at("ada").value == "value");
  // And it may be learned that it is none after all.
  auto after = all.spawn(1, false, "workers/ada");
  BOOST_TEST(is_ok(all.register_name(after, "ada")));
  all.mark(after, "");
  check(all);
  BOOST_TEST(all.evictions().size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
