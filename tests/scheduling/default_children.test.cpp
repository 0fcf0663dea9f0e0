// SPDX-License-Identifier: MIT
//
// Stories of children that must exist.

#include <boost/test/unit_test.hpp>

#include "horde/placement/strategy_kind.hpp"
#include "scheduling/stories.hpp"

using namespace horde;
using namespace horde::scheduling;
using namespace horde::sim;
using namespace std::chrono_literals;

namespace {

std::vector<supervision::child_spec> defaults(int n) {
  std::vector<supervision::child_spec> result;
  for (int i = 0; i < n; ++i)
    result.push_back(child("d" + std::to_string(i)));
  return result;
}

sim_config with_defaults(int n, std::function<void(config&)> more = {}) {
  return {.adjust = [n, more = std::move(more)](config& x) {
    x.default_children = defaults(n);
    if (more)
      more(x);
  }};
}

std::string problem_of(std::vector<supervision::child_spec> list) {
  config cfg;
  cfg.default_children = std::move(list);
  auto problem = validate(cfg);
  BOOST_TEST((!problem || problem->code == errc::bad_option));
  return problem ? problem->what : "";
}

} // namespace

BOOST_AUTO_TEST_SUITE(default_children_tests)

BOOST_AUTO_TEST_CASE(wrong_lists_are_named) {
  BOOST_TEST(problem_of(defaults(3)) == "");
  BOOST_TEST(problem_of({child("")})
             == "default_children: each takes an id, one of type 'ok' has "
                "none");
  BOOST_TEST(problem_of({child("a"), child("a")})
             == "default_children: two have the id 'a'");
  BOOST_TEST(problem_of({child("a", restart::transient)})
             == "default_children: child 'a': must always exist, so restart "
                "takes permanent");
  auto typeless = child("a");
  typeless.type.clear();
  BOOST_TEST(problem_of({typeless})
             == "default_children: child spec 'a': type takes the name of a "
                "child type, it is empty");
  auto large = child("a");
  large.args.resize(1'000'000);
  BOOST_TEST(problem_of({large}).find("max_spec_bytes") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(each_runs_once_though_all_members_have_the_list) {
  auto sim = linked_members(3, with_defaults(30));
  sim.run_for(1s);
  BOOST_TEST(sim.running().size() == 30u);
  BOOST_TEST(sim.disagreement() == "");
  for (int i = 0; i < 30; ++i)
    BOOST_TEST(sim.starts_of("d" + std::to_string(i)) == 1u);
  for (auto i : sim.alive())
    BOOST_TEST(sim.on(i).missing().empty());
}

BOOST_AUTO_TEST_CASE(who_is_alone_starts_them_when_nobody_came) {
  sim_members sim{1, 1, with_defaults(3)};
  sim.run_for(4s);
  BOOST_TEST(sim.running().empty());
  BOOST_TEST(sim.on(0).missing().size() == 3u);
  sim.run_for(2s);
  BOOST_TEST(sim.running().size() == 3u);
}

BOOST_AUTO_TEST_CASE(who_comes_back_starts_no_second_copy) {
  auto sim = linked_members(3, with_defaults(60));
  sim.run_for(1s);
  for (std::size_t i : {1, 2, 0}) {
    sim.kill(i);
    sim.run_for(4s);
    sim.restart(i);
    sim.run_for(10s);
  }
  BOOST_TEST(sim.running().size() == 60u);
  BOOST_TEST(sim.disagreement() == "");
  // Started once each, and again only where their node died.
  std::uint64_t starts = 0;
  for (int i = 0; i < 60; ++i)
    starts += sim.starts_of("d" + std::to_string(i));
  std::uint64_t attempts = 0;
  for (const auto& x : sim.on(0).children())
    attempts += x.attempt;
  BOOST_TEST(starts == attempts);
}

BOOST_AUTO_TEST_CASE(one_that_is_terminated_is_back_after_the_next_review) {
  auto sim = linked_members(3, with_defaults(1));
  sim.run_for(1s);
  auto call = sim.terminate(1, "d0");
  sim.run_for(100ms);
  BOOST_TEST(is_answered(sim, call));
  BOOST_TEST(!sim.call(call).terminates.front().has_value());
  sim.run_for(10s);
  BOOST_TEST(sim.running().count("d0") == 1u);
  BOOST_TEST(sim.starts_of("d0") == 2u);
  BOOST_TEST(sim.on(0).find("d0")->attempt == 1u); // a new life
}

BOOST_AUTO_TEST_CASE(what_cannot_be_started_is_told_and_tried_again) {
  sim_config cfg = with_defaults(2);
  sim_members sim{1, 2, cfg};
  sim.factories["ok"] = {.fails_percent = 100};
  sim.run_for(7s);
  std::size_t told = 0;
  for (auto i : sim.alive())
    for (const auto& x : sim.on(i).missing())
      told += x.ends_with(": as told") ? 1 : 0;
  BOOST_TEST(told == 2u);
  BOOST_TEST(sim.starts_of("d0") < 5u);
  sim.factories["ok"] = {};
  sim.run_for(7s);
  BOOST_TEST(sim.running().size() == 2u);
  BOOST_TEST(sim.on(0).missing().empty());
}

BOOST_AUTO_TEST_CASE(the_lost_arbiter_is_replaced_while_a_start_runs) {
  auto sim = linked_members(3, with_defaults(30));
  for (auto i : sim.alive())
    for (int n = 0; n < 30; ++n)
      sim.terminate(i, "d" + std::to_string(n));
  sim.factories["ok"] = {.shortest = 1s, .longest = 2s};
  sim.run_for(5s);
  sim.kill(0);
  sim.run_for(15s);
  BOOST_TEST(sim.running().size() == 30u);
  BOOST_TEST(sim.disagreement() == "");
  BOOST_TEST(sim.violation() == "");
}

BOOST_AUTO_TEST_CASE(behind_a_closed_gate_none_is_started) {
  sim_members sim{1, 5, with_defaults(1000, [](config& x) {
                    x.place_after = {5, 1h};
                  })};
  for (std::size_t i = 1; i < 5; ++i)
    sim.kill(i);
  sim.run_for(10s);
  BOOST_TEST(sim.running().empty());
  BOOST_TEST(sim.on(0).missing().size() == 100u);
  BOOST_TEST(sim.on(0).missing()[0] == "d0: " + sim.on(0).gate_waits_for());
  for (std::size_t i = 1; i < 5; ++i)
    sim.restart(i);
  sim.run_for(7s);
  BOOST_TEST(sim.running().size() == 1000u);
  for (auto i : sim.alive()) // even enough
    BOOST_TEST(sim.on(i).local_children() <= 260u);
  BOOST_TEST(sim.disagreement() == "");
}

BOOST_AUTO_TEST_CASE(without_quorum_none_is_started) {
  auto cfg = with_defaults(5, [](config& x) {
    x.make_strategy = placement::factory_of(placement::strategy_kind::quorum);
  });
  cfg.mode = member_mode::dynamic; // all are known from the start
  sim_members sim{1, 3, cfg};
  for (std::size_t i : {1, 2})
    sim.cut(0, i);
  sim.run_for(20s);
  BOOST_TEST(sim.on(0).local_children() == 0u);
  BOOST_TEST(sim.running().size() == 5u);
  sim.heal_all();
  sim.run_for(10s);
  BOOST_TEST(sim.running().size() == 5u);
  BOOST_TEST(sim.disagreement() == "");
}

BOOST_AUTO_TEST_SUITE_END()
