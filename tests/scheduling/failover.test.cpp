// SPDX-License-Identifier: MIT
//
// Stories of members that die, are cut off, leave and return.

#include <boost/test/unit_test.hpp>

#include "horde/scheduling/scheduler.hpp"
#include "scheduling/stories.hpp"

using namespace horde;
using namespace horde::scheduling;
using namespace horde::sim;
using namespace std::chrono_literals;

namespace {

void start_many(sim_members& sim, int n, restart when = restart::permanent) {
  for (int i = 0; i < n; ++i)
    sim.start_child(static_cast<std::size_t>(i) % sim.size(),
                    child("c" + std::to_string(i), when));
  sim.run_for(1s);
}

void cut_off(sim_members& sim, std::size_t node) {
  for (std::size_t i = 0; i < sim.size(); ++i)
    sim.cut(node, i);
}

class needs_majority : public placement::uniform {
public:
  bool needs_quorum() const override { return true; }
};

sim_members members_in_quorum_mode(std::size_t n) {
  return linked_members(
    n, {.mode = member_mode::dynamic, .adjust = [](config& x) {
          x.make_strategy = [] { return std::make_unique<needs_majority>(); };
        }});
}

std::size_t members_seen_by(const sim_members& sim, std::size_t node) {
  return sim.on(node).roster().members().size();
}

} // namespace

BOOST_AUTO_TEST_SUITE(failover_tests)

BOOST_AUTO_TEST_CASE(survivors_take_over_all_children_of_a_dead_node) {
  auto sim = linked_members(3);
  start_many(sim, 200);
  auto lost = sim.on(1).local_children();
  BOOST_TEST(lost > 20u);
  sim.kill(1);
  sim.run_for(900ms); // only suspect: nothing moves
  BOOST_TEST(sim.running().size() == 200 - lost);
  sim.run_for(2s);
  BOOST_TEST(sim.running().size() == 200u);
  BOOST_TEST(sim.disagreement() == "");
  BOOST_TEST(sim.violation() == "");
}

BOOST_AUTO_TEST_CASE(node_death_right_after_the_answer_loses_nothing) {
  for (std::size_t owner = 0; owner < 3; ++owner)
    for (std::size_t asked = 0; asked < 3; ++asked)
      for (std::size_t dies = 0; dies < 3; ++dies) {
        auto sim = linked_members(3);
        auto id = id_on(sim, owner);
        auto call = sim.start_child(asked, child(id));
        BOOST_TEST(
          sim.run_while_not([&] { return is_answered(sim, call); }, 5s));
        sim.kill(dies);
        sim.run_for(5s);
        BOOST_TEST_CONTEXT(owner << " " << asked << " " << dies) {
          BOOST_TEST(sim.runs_on(id).size() == 1u);
          BOOST_TEST(sim.disagreement() == "");
        }
      }
}

BOOST_AUTO_TEST_CASE(a_forwarded_start_whose_target_dies_is_started_elsewhere) {
  auto sim = linked_members(3);
  sim.factories["ok"] = {.shortest = 500ms, .longest = 500ms};
  auto id = id_on(sim, 1);
  auto call = sim.start_child(0, child(id));
  sim.run_for(100ms);
  sim.kill(1);
  sim.run_for(3s);
  BOOST_TEST(is<started>(sim, call));
  BOOST_TEST(sim.starts_of(id) == 2u);
  BOOST_TEST(sim.runs_on(id).size() == 1u);
  BOOST_TEST(sim.disagreement() == "");
}

BOOST_AUTO_TEST_CASE(temporary_children_end_with_their_node) {
  auto sim = linked_members(3);
  start_many(sim, 60, restart::temporary);
  auto lost = sim.on(2).local_children();
  BOOST_TEST(lost > 0u);
  sim.kill(2);
  sim.run_for(5s);
  BOOST_TEST(sim.running().size() == 60 - lost);
  BOOST_TEST(sim.on(0).counts().specs == 60 - lost);
  BOOST_TEST(sim.disagreement() == "");
}

BOOST_AUTO_TEST_CASE(suspicion_that_heals_moves_nothing) {
  auto sim = linked_members(3);
  start_many(sim, 60);
  cut_off(sim, 0);
  sim.run_for(500ms);
  sim.heal_all();
  sim.run_for(5s);
  for (int i = 0; i < 60; ++i)
    BOOST_TEST(sim.starts_of("c" + std::to_string(i)) == 1u);
  BOOST_TEST(sim.disagreement() == "");
}

BOOST_AUTO_TEST_CASE(of_two_copies_one_stays_when_a_partition_heals) {
  auto sim = linked_members(4);
  start_many(sim, 80);
  for (std::size_t a : {0, 1})
    for (std::size_t b : {2, 3})
      sim.cut(a, b);
  sim.run_for(5s);
  BOOST_TEST(sim.running().size() == 160u); // available on both sides
  sim.heal_all();
  sim.run_for(5s);
  BOOST_TEST(sim.running().size() == 80u);
  BOOST_TEST(sim.disagreement() == "");
  BOOST_TEST(sim.violation() == "");
}

BOOST_AUTO_TEST_CASE(a_terminate_beats_restarts_on_the_other_side_of_a_cut) {
  for (std::size_t owner = 0; owner < 3; ++owner) {
    auto sim = linked_members(3);
    auto id = id_on(sim, owner);
    sim.start_child(0, child(id));
    sim.run_for(1s);
    cut_off(sim, 2); // the child's own side, or the other
    sim.run_for(3s);
    for (std::size_t node : {0, 1, 2})
      sim.crash(node, id); // each copy is restarted, and says so
    auto call = sim.terminate(0, id);
    sim.run_for(500ms);
    BOOST_TEST(is_answered(sim, call));
    sim.crash(2, id);
    sim.run_for(500ms);
    sim.heal_all();
    sim.run_for(5s);
    BOOST_TEST(sim.runs_on(id).empty());
    BOOST_TEST(sim.on(2).children().empty());
    BOOST_TEST(sim.disagreement() == "");
  }
}

BOOST_AUTO_TEST_CASE(a_terminate_does_not_wait_for_an_owner_that_is_away) {
  auto sim = linked_members(3);
  auto id = id_on(sim, 2);
  sim.start_child(0, child(id));
  sim.run_for(1s);
  cut_off(sim, 2);
  sim.run_for(100ms); // suspect
  auto call = sim.terminate(0, id);
  sim.run_for(20ms); // until a second member knows
  BOOST_TEST(is_answered(sim, call));
  BOOST_TEST(!sim.call(call).terminates.at(0).has_value());
  BOOST_TEST(sim.runs_on(id).size() == 1u);
  sim.heal_all();
  sim.run_for(1s);
  BOOST_TEST(sim.runs_on(id).empty());
}

BOOST_AUTO_TEST_CASE(
  a_restarted_node_is_a_new_one_and_nothing_moves_back_to_it) {
  auto sim = linked_members(3);
  start_many(sim, 60);
  sim.kill(1);
  sim.restart(1); // before anybody noticed
  sim.run_for(5s);
  BOOST_TEST(sim.running().size() == 60u);
  BOOST_TEST(sim.disagreement() == "");
  sim.kill(1);
  sim.run_for(5s);
  sim.restart(1);
  sim.run_for(5s);
  BOOST_TEST(sim.on(1).local_children() == 0u); // passive: nothing moves back
  BOOST_TEST(sim.disagreement() == "");
}

BOOST_AUTO_TEST_CASE(a_newcomer_starts_nothing_while_it_catches_up) {
  auto sim = linked_members(2, {.adjust = [](config& x) {
                              x.sync.max_group_keys = 3;
                              x.sync.max_asked_nodes = 5;
                            }});
  sim.kill(1);
  sim.run_for(2s);
  for (int i = 0; i < 100; ++i)
    sim.start_child(0, child("c" + std::to_string(i)));
  sim.run_for(2s);
  sim.network.set_faults({.shortest = 20ms, .longest = 20ms});
  sim.restart(1);
  sim.run_for(20s);
  for (int i = 0; i < 100; ++i)
    BOOST_TEST(sim.starts_of("c" + std::to_string(i)) == 1u);
  BOOST_TEST(sim.disagreement() == "");
}

BOOST_AUTO_TEST_CASE(a_late_copy_of_a_terminated_start_does_not_come_back) {
  auto sim = linked_members(3);
  sim.factories["ok"] = {.shortest = 3s, .longest = 3s};
  auto id = id_on(sim, 1);
  auto call = sim.start_child(0, child(id));
  sim.run_for(100ms);
  cut_off(sim, 1); // its factory goes on
  sim.factories["ok"] = {};
  sim.run_for(2s);
  BOOST_TEST(is<started>(sim, call)); // by another member
  sim.terminate(2, id);
  sim.run_for(2s);
  BOOST_TEST(sim.runs_on(id) == std::vector<std::size_t>{1}); // late
  sim.heal_all();
  sim.run_for(5s);
  BOOST_TEST(sim.runs_on(id).empty());
  BOOST_TEST(sim.on(1).children().empty());
}

BOOST_AUTO_TEST_CASE(the_copy_that_stays_runs_with_the_spec_that_is_wanted) {
  auto sim = linked_members(3);
  auto id = id_on(sim, 2);
  sim.start_child(0, child(id));
  sim.run_for(1s);
  cut_off(sim, 2);
  sim.run_for(3s);
  sim.terminate(0, id);
  sim.run_for(100ms);
  auto other = child(id);
  other.args = "new";
  sim.start_child(0, other);
  sim.run_for(100ms);
  sim.crash(2, id); // the old one is restarted, and says so later
  sim.run_for(100ms);
  sim.heal_all();
  sim.run_for(3s);
  BOOST_REQUIRE(sim.spec_of(id).has_value());
  BOOST_TEST(sim.spec_of(id)->args == "new");
  BOOST_TEST(sim.disagreement() == "");
}

BOOST_AUTO_TEST_CASE(a_start_whose_answer_is_lost_is_not_run_again) {
  auto sim = linked_members(2);
  sim.factories["no"] = {
    .shortest = 50ms, .longest = 50ms, .ignores_percent = 100};
  auto spec = child(id_on(sim, 1));
  spec.type = "no";
  auto call = sim.start_child(0, spec);
  sim.run_for(20ms);
  sim.network.set_faults({.lost_percent = 100});
  sim.run_for(100ms);
  sim.network.set_faults({});
  sim.run_for(2s);
  BOOST_TEST(is<ignored>(sim, call));
  BOOST_TEST(sim.starts_of(spec.id) == 1u);
}

// -- leaving -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_draining_member_hands_its_children_over) {
  auto sim = linked_members(3);
  start_many(sim, 90);
  sim.factories["ok"].stops_within = 500ms;
  auto had = sim.on(0).local_children();
  BOOST_TEST(had > 0u);
  sim.drain(0);
  auto moved = [&] {
    return sim.on(1).local_children() + sim.on(2).local_children()
           >= 90 - had / 2;
  };
  BOOST_TEST(sim.run_while_not(moved, 400ms)); // fast ones do not wait
  BOOST_TEST(sim.is_alive(0));
  sim.run_for(3s);
  BOOST_TEST(!sim.is_alive(0)); // drained, then stopped
  BOOST_TEST(sim.running().size() == 90u);
  BOOST_TEST(sim.on(1).counts().active == 90u);
  BOOST_TEST(sim.disagreement() == "");
  BOOST_TEST(sim.violation() == "");
}

BOOST_AUTO_TEST_CASE(temporary_children_end_with_the_drain) {
  auto sim = linked_members(2);
  start_many(sim, 20, restart::temporary);
  auto stay = sim.on(1).local_children();
  sim.drain(0);
  sim.run_for(2s);
  BOOST_TEST(sim.running().size() == stay);
  BOOST_TEST(sim.on(1).counts().specs == stay);
}

BOOST_AUTO_TEST_CASE(the_last_member_drains_too) {
  auto sim = linked_members(1);
  start_many(sim, 5);
  sim.drain(0);
  sim.run_for(1s);
  BOOST_TEST(!sim.is_alive(0));
}

BOOST_AUTO_TEST_CASE(starts_under_way_survive_a_drain_of_their_target) {
  auto sim = linked_members(3);
  sim.factories["ok"] = {.shortest = 100ms, .longest = 100ms};
  auto id = id_on(sim, 1);
  auto first = sim.start_child(0, child(id));
  auto second = sim.start_child(0, child(id_on(sim, 1, 1)));
  sim.run_for(50ms);
  sim.drain(1);
  sim.run_for(3s);
  BOOST_TEST(is<started>(sim, first));
  BOOST_TEST(is<started>(sim, second));
  BOOST_TEST(!sim.is_alive(1));
  BOOST_TEST(sim.disagreement() == "");
}

BOOST_AUTO_TEST_CASE(a_removed_member_is_told_and_its_children_move) {
  auto sim = linked_members(3, {.mode = member_mode::dynamic});
  start_many(sim, 60);
  BOOST_TEST(sim.on(2).local_children() > 0u);
  BOOST_TEST(!sim.set_members(0, {0, 1}).has_value());
  for (int i = 0; i < 100; ++i) { // nothing is ever under-counted
    sim.run_for(10ms);
    BOOST_REQUIRE(sim.on(0).counts().specs == 60u);
  }
  sim.run_for(2s);
  BOOST_TEST(sim.on(2).local_children() == 0u);
  BOOST_TEST(sim.running().size() == 60u);
  BOOST_TEST(sim.disagreement() == "");
  for (int i = 0; i < 60; ++i)
    BOOST_TEST(sim.starts_of("c" + std::to_string(i)) <= 2u);
}

BOOST_AUTO_TEST_CASE(a_member_removed_in_the_middle_of_its_drain_may_die) {
  auto sim = linked_members(3, {.mode = member_mode::dynamic});
  start_many(sim, 60);
  sim.factories["ok"].stops_within = 10s;
  BOOST_TEST(!sim.set_members(0, {0, 1}).has_value());
  sim.run_for(1s);
  BOOST_TEST(sim.on(2).replica().neighbours().size() == 2u);
  sim.kill(2);
  sim.run_for(5s);
  BOOST_TEST(sim.running().size() == 60u);
  BOOST_TEST(sim.disagreement() == "");
}

BOOST_AUTO_TEST_CASE(in_quorum_mode_the_members_are_set_on_the_side_with_it) {
  auto sim = members_in_quorum_mode(3);
  cut_off(sim, 0);
  sim.run_for(5s);
  auto problem = sim.set_members(0, {0});
  BOOST_REQUIRE(problem.has_value());
  BOOST_TEST((problem->code == errc::quorum_not_met));
  BOOST_TEST(problem->what.find(" reaches 1 of the 3 members of horde ")
             != std::string::npos);
  sim.run_for(1s);
  BOOST_TEST(members_seen_by(sim, 0) == 3u);
  BOOST_TEST(!sim.set_members(1, {1, 2}).has_value());
  sim.run_for(1s);
  BOOST_TEST(members_seen_by(sim, 2) == 2u);
  sim.heal_all();
  sim.run_for(5s);
  BOOST_TEST(members_seen_by(sim, 0) == 2u);
  // It is no member, so the quorum of the others is not its own.
  problem = sim.set_members(0, {0});
  BOOST_REQUIRE(problem.has_value());
  BOOST_TEST(problem->what.find(" is none of the 2 members of horde ")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(members_can_be_forced_when_the_majority_is_lost) {
  auto sim = members_in_quorum_mode(3);
  sim.kill(0);
  sim.kill(1);
  sim.run_for(5s);
  BOOST_TEST(sim.set_members(2, {2}).has_value());
  BOOST_TEST(!sim.set_members(2, {2}, true).has_value());
  sim.run_for(1s);
  BOOST_TEST(members_seen_by(sim, 2) == 1u);
  BOOST_TEST(!sim.set_members(2, {2}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
