// SPDX-License-Identifier: MIT
//
// Stories of callers who want a child of an id, whoever started it.

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "horde/placement/strategy_kind.hpp"
#include "scheduling/stories.hpp"

using namespace horde;
using namespace horde::scheduling;
using namespace horde::sim;
using namespace std::chrono_literals;

namespace {

constexpr placement::strategy_kind all_kinds[] = {
  placement::strategy_kind::uniform, placement::strategy_kind::quorum,
  placement::strategy_kind::random, placement::strategy_kind::least_loaded,
  placement::strategy_kind::rendezvous};

sim_members members_with(std::size_t n, placement::strategy_kind kind) {
  return linked_members(n, {.adjust = [kind](config& x) {
                          x.make_strategy = placement::factory_of(kind);
                        }});
}

std::vector<child_event> events_of(const sim_members& sim, std::size_t node,
                                   const std::string& id) {
  std::vector<child_event> result;
  std::ranges::copy_if(sim.events(node), std::back_inserter(result),
                       [&](const auto& x) { return x.id == id; });
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(finding_tests)

BOOST_AUTO_TEST_CASE(all_who_find_or_start_at_once_get_the_same_process) {
  for (auto kind : all_kinds)
    BOOST_TEST_CONTEXT(to_string(kind)) {
      auto sim = members_with(5, kind);
      sim.factories["ok"] = {.shortest = 20ms, .longest = 50ms};
      std::vector<std::size_t> calls;
      for (std::size_t i = 0; i < 1000; ++i)
        calls.push_back(sim.find_or_start(i % 5, child("the one")));
      sim.run_for(1s);
      auto it = sim.started_pid(calls.front());
      BOOST_TEST(bool{it});
      for (auto x : calls)
        BOOST_TEST((sim.started_pid(x) == it));
      BOOST_TEST(sim.starts_of("the one") == 1u);
      BOOST_TEST(sim.disagreement() == "");
    }
}

BOOST_AUTO_TEST_CASE(one_that_runs_is_found_whatever_its_spec_on_all_members) {
  auto sim = linked_members(3);
  auto call = sim.start_child(0, child("a"));
  sim.run_for(100ms);
  auto spec = child("a", restart::temporary);
  spec.args = "other";
  for (auto i : sim.alive())
    BOOST_TEST(
      (sim.started_pid(sim.find_or_start(i, spec)) == sim.started_pid(call)));
  BOOST_TEST(is<already_started>(sim, sim.start_child(1, spec)));
}

BOOST_AUTO_TEST_CASE(one_that_is_being_restarted_is_waited_for) {
  auto sim = linked_members(3);
  auto id = id_on(sim, 1);
  sim.start_child(0, child(id));
  sim.run_for(100ms);
  sim.factories["ok"] = {.shortest = 2s, .longest = 2s};
  sim.crash(1, id);
  sim.run_for(100ms);
  std::vector<std::size_t> calls;
  for (auto i : sim.alive())
    calls.push_back(sim.find_or_start(i, child(id)));
  sim.run_for(1s);
  for (auto x : calls)
    BOOST_TEST(!is_answered(sim, x));
  sim.run_for(2s);
  for (auto x : calls)
    BOOST_TEST((sim.started_pid(x) == sim.on(0).find(id)->pid));
}

BOOST_AUTO_TEST_CASE(one_that_does_not_run_in_time_is_told_of) {
  auto sim = linked_members(2);
  auto id = id_on(sim, 1);
  sim.start_child(0, child(id));
  sim.run_for(100ms);
  sim.factories["ok"] = {.shortest = 1h, .longest = 1h};
  sim.crash(1, id);
  sim.run_for(100ms);
  auto call = sim.find_or_start(0, child(id));
  sim.run_for(20s);
  auto problem = failure_of(sim, call);
  BOOST_TEST((problem.code == errc::timeout));
  BOOST_TEST(problem.what
             == "child '" + id
                  + "' is there on workers@node-1 and did not run in time");
}

BOOST_AUTO_TEST_CASE(who_has_no_id_cannot_find) {
  auto sim = linked_members(1);
  auto problem = failure_of(sim, sim.find_or_start(0, child("")));
  BOOST_TEST((problem.code == errc::bad_child_spec));
  BOOST_TEST(problem.what
             == "find_or_start takes an id, of type 'ok' none was given");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_started_is_answered_to_all) {
  auto sim = linked_members(3);
  sim.factories["ok"] = {.fails_percent = 100};
  std::vector<std::size_t> calls;
  for (std::size_t i = 0; i < 9; ++i)
    calls.push_back(sim.find_or_start(i % 3, child("a")));
  sim.run_for(30s);
  for (auto x : calls)
    BOOST_TEST((failure_of(sim, x).code == errc::start_failed));
}

BOOST_AUTO_TEST_CASE(whose_copy_lost_after_a_cut_hears_that_it_moved) {
  for (std::size_t second : {0, 1}) { // who starts it last
    auto sim = linked_members(2);
    sim.cut(0, 1);
    sim.run_for(3s);
    auto first_call = sim.find_or_start(1 - second, child("a"));
    sim.run_for(1s);
    auto second_call = sim.find_or_start(second, child("a"));
    sim.run_for(1s);
    BOOST_TEST(sim.runs_on("a").size() == 2u);
    sim.heal_all();
    sim.run_for(5s);
    BOOST_TEST(sim.disagreement() == "");
    auto stays = sim.on(0).find("a")->pid;
    auto first = sim.started_pid(first_call);
    auto loser = stays == first ? second : 1 - second;
    BOOST_TEST((stays == first || stays == sim.started_pid(second_call)));
    auto told = events_of(sim, loser, "a");
    BOOST_REQUIRE(told.size() == 2u);
    BOOST_TEST((told[0].what == child_change::started));
    BOOST_TEST((told[1].what == child_change::moved));
    BOOST_TEST((told[1].pid == stays));
    BOOST_TEST(told[1].reason == "its other copy stays");
    BOOST_TEST(events_of(sim, 1 - loser, "a").size() == 1u);
    BOOST_TEST(sim.untold() == "");
  }
}

BOOST_AUTO_TEST_SUITE_END()
