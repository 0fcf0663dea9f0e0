// SPDX-License-Identifier: MIT
//
// Stories of limits: children of a horde, restarts of a whole member, and what
// temporary children survive.

#include <boost/test/unit_test.hpp>

#include "scheduling/stories.hpp"

using namespace horde;
using namespace horde::scheduling;
using namespace horde::sim;
using namespace std::chrono_literals;

namespace {

sim_config with_intensity(unsigned restarts, duration within) {
  return {.adjust = [=](config& x) {
    x.member_max_restarts = restarts;
    x.member_max_seconds = within;
  }};
}

supervision::child_spec steadfast(std::string id) {
  auto result = child(std::move(id), restart::temporary);
  result.restart_on_failover = true;
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(limits_tests)

// -- children of a horde -----------------------------------------------------

BOOST_AUTO_TEST_CASE(a_full_horde_takes_no_more_on_any_member) {
  auto sim = linked_members(
    3, {.adjust = [](config& x) { x.max_children_of_horde = 5; }});
  for (int i = 0; i < 5; ++i)
    sim.start_child(0, child("c" + std::to_string(i)));
  sim.run_for(100ms);
  for (auto i : sim.alive()) {
    auto problem = failure_of(sim, sim.start_child(i, child("more")));
    BOOST_TEST((problem.code == errc::max_children));
    BOOST_TEST(problem.what.find("max_children_of_horde = 5")
                 != std::string::npos,
               problem.what);
    // What is there already is told all the same.
    BOOST_TEST(is<already_started>(sim, sim.start_child(i, child("c0"))));
  }
  sim.terminate(1, "c3");
  sim.run_for(100ms);
  auto call = sim.start_child(2, child("more"));
  sim.run_for(100ms);
  BOOST_TEST(is<started>(sim, call));
}

BOOST_AUTO_TEST_CASE(starts_under_way_fill_a_horde_too) {
  auto sim = linked_members(
    2, {.adjust = [](config& x) { x.max_children_of_horde = 3; }});
  sim.factories["ok"] = {.shortest = 1s, .longest = 1s};
  for (int i = 0; i < 3; ++i)
    sim.start_child(0, child("c" + std::to_string(i)));
  auto call = sim.start_child(0, child("more"));
  BOOST_TEST((failure_of(sim, call).code == errc::max_children)); // at once
  sim.run_for(3s);
  BOOST_TEST(sim.on(1).counts().active == 3u);
}

// -- restarts of a member ----------------------------------------------------

BOOST_AUTO_TEST_CASE(a_member_beyond_its_intensity_hands_its_children_over) {
  auto sim = linked_members(3, with_intensity(4, 10s));
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i)
    ids.push_back(id_on(sim, 1, i));
  for (const auto& id : ids)
    sim.start_child(0, child(id));
  sim.run_for(100ms);
  for (int i = 0; i < 4; ++i) {
    sim.crash(1, ids[static_cast<std::size_t>(i)]);
    sim.run_for(20ms);
  }
  BOOST_TEST(sim.is_alive(1));
  BOOST_TEST(sim.gave_up(1) == "");
  sim.crash(1, ids[4]);
  sim.run_for(3s);
  BOOST_TEST(sim.gave_up(1).find("member_max_restarts = 4")
               != std::string::npos,
             sim.gave_up(1));
  BOOST_TEST(!sim.is_alive(1)); // it drained, then its node was ended
  BOOST_TEST(sim.disagreement() == "");
  BOOST_TEST(sim.on(0).counts().active == 5u);
  BOOST_TEST(sim.on(0).find(ids[4])->crashes == 1u);
  BOOST_TEST(sim.violation() == "");
}

BOOST_AUTO_TEST_CASE(slow_crashes_are_within_the_intensity) {
  auto sim = linked_members(2, with_intensity(2, 1s));
  auto id = id_on(sim, 1);
  sim.start_child(0, child(id));
  sim.run_for(100ms);
  for (int i = 0; i < 8; ++i) {
    sim.crash(1, id);
    sim.run_for(700ms);
  }
  BOOST_TEST(sim.is_alive(1));
  BOOST_TEST(sim.gave_up(1) == "");
}

BOOST_AUTO_TEST_CASE(without_the_option_a_member_never_gives_up) {
  auto sim = linked_members(2);
  for (int n = 0; n < 10; ++n)
    sim.start_child(0, child("c" + std::to_string(n)));
  sim.run_for(100ms);
  for (int n = 0; n < 10; ++n)
    for (std::size_t i : {0, 1})
      for (int times = 0; times < 3; ++times) {
        sim.crash(i, "c" + std::to_string(n));
        sim.run_for(5ms);
      }
  sim.run_for(100ms);
  BOOST_TEST(sim.on(0).counts().active == 10u);
}

// -- temporary children ------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_temporary_child_goes_on_elsewhere_if_it_is_asked_for) {
  for (bool drains : {false, true}) {
    auto sim = linked_members(3);
    auto stays = id_on(sim, 1, 0);
    auto ends = id_on(sim, 1, 1);
    sim.start_child(0, steadfast(stays));
    sim.start_child(0, child(ends, restart::temporary));
    sim.run_for(100ms);
    if (drains)
      sim.drain(1);
    else
      sim.kill(1);
    sim.run_for(5s);
    BOOST_TEST(sim.runs_on(stays).size() == 1u);
    BOOST_TEST(sim.runs_on(ends).empty());
    BOOST_TEST(sim.disagreement() == "");
  }
}

BOOST_AUTO_TEST_CASE(it_is_still_temporary_where_it_runs) {
  auto sim = linked_members(2);
  auto id = id_on(sim, 1);
  sim.start_child(0, steadfast(id));
  sim.run_for(100ms);
  sim.crash(1, id);
  sim.run_for(1s);
  BOOST_TEST(sim.starts_of(id) == 1u);
  BOOST_TEST(!sim.on(0).find(id).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
