// SPDX-License-Identifier: MIT
//
// Stories of splits with a strategy that needs quorum. In all of them two
// copies of a child at one time, for however short, are a violation.

#include <boost/test/unit_test.hpp>

#include "horde/placement/strategy_kind.hpp"
#include "horde/scheduling/scheduler.hpp"
#include "scheduling/stories.hpp"

using namespace horde;
using namespace horde::scheduling;
using namespace horde::sim;
using namespace std::chrono_literals;

namespace {

sim_members members_with_lease(std::size_t n,
                               member_mode mode = member_mode::fixed) {
  sim_members result{1,
                     n,
                     {.mode = mode,
                      .adjust =
                        [](config& x) {
                          x.make_strategy = placement::factory_of(
                            placement::strategy_kind::quorum);
                        },
                      .exclusive = true}};
  result.run_for(7s); // nobody may have forgotten anything any more
  return result;
}

void start_some(sim_members& sim, int n) {
  for (int i = 0; i < n; ++i)
    sim.start_child(static_cast<std::size_t>(i) % sim.size(),
                    child("c" + std::to_string(i)));
  sim.run_for(1s);
  BOOST_REQUIRE(sim.running().size() == static_cast<std::size_t>(n));
}

using side = std::vector<std::size_t>;

void split(sim_members& sim, const side& a, const side& b) {
  for (auto i : a)
    for (auto j : b)
      sim.cut(i, j);
}

std::size_t running_on(const sim_members& sim, const side& nodes) {
  std::size_t result = 0;
  for (auto id : sim.running())
    for (auto node : sim.runs_on(id))
      result += std::ranges::count(nodes, node) > 0 ? 1 : 0;
  return result;
}

bool were_never_restarted(const sim_members& sim, int n) {
  for (int i = 0; i < n; ++i)
    if (sim.starts_of("c" + std::to_string(i)) != 1)
      return false;
  return true;
}

void check_end(sim_members& sim) {
  sim.heal_all();
  sim.run_for(20s);
  BOOST_TEST(sim.disagreement() == "");
  BOOST_TEST(sim.violation() == "");
}

} // namespace

BOOST_AUTO_TEST_SUITE(lease_stories)

BOOST_AUTO_TEST_CASE(nothing_is_said_of_leases_without_such_a_strategy) {
  auto sim = linked_members(3);
  sim.start_child(0, child("a"));
  sim.run_for(10s);
  std::size_t operations = 0;
  for (std::size_t i : {0, 1, 2}) {
    BOOST_TEST(sim.on(i).refused_messages() == 0u);
    // Of an idle horde only syncs wake a member, and they are seconds apart.
    operations += sim.on(i).wake_at() - sim.now() < 1ms ? 1 : 0;
  }
  BOOST_TEST(operations == 0u);
}

BOOST_AUTO_TEST_CASE(
  the_minority_kills_its_children_before_they_run_elsewhere) {
  auto sim = members_with_lease(5);
  start_some(sim, 50);
  sim.factories["ok"].stops_within = 60s; // whatever their shutdown takes
  auto there = running_on(sim, {0, 1});
  BOOST_TEST(there > 5u);
  split(sim, {0, 1}, {2, 3, 4});
  sim.run_for(3200ms); // the last grant was up to a third of the lease ago
  BOOST_TEST(running_on(sim, {0, 1}) == there);
  sim.run_for(1900ms);
  BOOST_TEST(running_on(sim, {0, 1}) == 0u);
  sim.run_for(1300ms); // lease and margin after the cut
  BOOST_TEST(running_on(sim, {2, 3, 4}) == 50u);
  sim.factories["ok"].stops_within = 2ms;
  check_end(sim);
  BOOST_TEST(sim.running().size() == 50u);
}

BOOST_AUTO_TEST_CASE(
  a_split_that_heals_before_the_lease_ends_restarts_nothing) {
  auto sim = members_with_lease(5);
  start_some(sim, 50);
  for (int i = 0; i < 5; ++i) {
    split(sim, {0, 1}, {2, 3, 4});
    sim.run_for(2800ms); // down to each other for long
    sim.heal_all();
    sim.run_for(1s);
  }
  check_end(sim);
  BOOST_TEST(were_never_restarted(sim, 50));
}

BOOST_AUTO_TEST_CASE(children_of_a_dead_node_return_after_lease_and_margin) {
  auto sim = members_with_lease(3);
  start_some(sim, 30);
  sim.kill(1);
  sim.run_for(4s);
  BOOST_TEST(sim.running().size() < 30u);
  sim.run_for(2500ms);
  BOOST_TEST(sim.running().size() == 30u);
  BOOST_TEST(sim.violation() == "");
}

BOOST_AUTO_TEST_CASE(who_lost_its_lease_starts_again_when_it_has_one) {
  auto sim = members_with_lease(3);
  start_some(sim, 30);
  split(sim, {0}, {1, 2});
  split(sim, {1}, {2}); // nobody has quorum
  sim.run_for(6s);
  BOOST_TEST(sim.running().empty());
  sim.heal_all();
  sim.run_for(3s);
  BOOST_TEST(sim.running().size() == 30u);
  check_end(sim);
}

BOOST_AUTO_TEST_CASE(who_is_heard_by_some_of_a_quorum_goes_on) {
  auto sim = members_with_lease(5);
  start_some(sim, 50);
  split(sim, {0}, {2, 3}); // 1 and 4 reach all
  sim.run_for(20s);
  BOOST_TEST(were_never_restarted(sim, 50));
  check_end(sim);
}

BOOST_AUTO_TEST_CASE(nothing_is_taken_over_where_no_quorum_sees_it_gone) {
  auto sim = members_with_lease(3);
  start_some(sim, 30);
  split(sim, {0}, {1}); // each the arbiter of some of the other
  sim.run_for(20s);
  BOOST_TEST(were_never_restarted(sim, 30));
  check_end(sim);
}

BOOST_AUTO_TEST_CASE(a_member_that_is_not_heard_loses_its_lease_unnoticed) {
  auto sim = members_with_lease(3);
  start_some(sim, 30);
  for (std::size_t i : {1, 2})
    sim.mute(0, i);
  sim.run_for(6s);
  BOOST_TEST(running_on(sim, {0}) == 0u);
  check_end(sim);
}

BOOST_AUTO_TEST_CASE(a_member_that_does_not_hear_loses_its_lease_unnoticed) {
  auto sim = members_with_lease(3);
  start_some(sim, 30);
  for (std::size_t i : {1, 2})
    sim.mute(i, 0);
  sim.run_for(6s);
  BOOST_TEST(running_on(sim, {0}) == 0u);
  check_end(sim);
}

BOOST_AUTO_TEST_CASE(of_two_members_the_second_by_name_has_quorum) {
  auto sim = members_with_lease(2);
  start_some(sim, 20);
  BOOST_TEST(running_on(sim, {0}) > 0u);
  sim.cut(0, 1);
  sim.run_for(7s);
  BOOST_TEST(running_on(sim, {0}) == 0u);
  BOOST_TEST(running_on(sim, {1}) == 20u);
  check_end(sim);
}

BOOST_AUTO_TEST_CASE(an_id_is_started_once_whoever_asks_on_whatever_side) {
  auto sim = members_with_lease(5);
  for (int i = 0; i < 40; ++i) {
    auto id = "same-" + std::to_string(i);
    split(sim, {0, 1}, {2, 3, 4});
    for (std::size_t node : {0, 4, 1, 2})
      sim.start_child(node, child(id));
    sim.run_for(300ms);
    sim.heal_all();
    sim.run_for(300ms);
  }
  sim.run_for(10s);
  BOOST_TEST(sim.running().size() == 40u);
  check_end(sim);
}

BOOST_AUTO_TEST_CASE(
  a_child_that_only_its_cut_off_member_knows_is_not_doubled) {
  auto sim = members_with_lease(3);
  auto id = id_on(sim, 0);
  sim.network.set_faults({.shortest = 20ms, .longest = 20ms});
  sim.start_child(0, child(id));
  sim.run_while_not([&] { return !sim.runs_on(id).empty(); }, 1s);
  split(sim, {0}, {1, 2}); // before its record arrived anywhere
  BOOST_REQUIRE(!sim.on(1).find(id).has_value());
  sim.start_child(1, child(id));
  sim.run_for(4s);
  BOOST_TEST(sim.runs_on(id).size() < 2u);
  sim.run_for(6s);
  BOOST_TEST(sim.runs_on(id).size() == 1u);
  check_end(sim);
}

BOOST_AUTO_TEST_CASE(tokens_grow_across_a_split) {
  auto sim = members_with_lease(3);
  auto id = id_on(sim, 0);
  sim.start_child(1, child(id));
  sim.run_for(1s);
  split(sim, {0}, {1, 2});
  for (int i = 0; i < 3; ++i) // none of them may be restarted on its own
    sim.crash(0, id);
  sim.run_for(10s);
  BOOST_TEST(sim.runs_on(id).size() == 1u);
  BOOST_TEST(sim.on(1).find(id)->attempt >= 2u);
  check_end(sim); // a token that was there before is a violation, too
}

BOOST_AUTO_TEST_CASE(a_drained_member_hands_over_without_waiting) {
  auto sim = members_with_lease(3, member_mode::automatic);
  start_some(sim, 30);
  sim.drain(0);
  sim.run_for(2s);
  BOOST_TEST(!sim.is_alive(0));
  BOOST_TEST(sim.running().size() == 30u);
  BOOST_TEST(sim.disagreement() == "");
  BOOST_TEST(sim.violation() == "");
}

BOOST_AUTO_TEST_SUITE_END()
