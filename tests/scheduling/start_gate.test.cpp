// SPDX-License-Identifier: MIT
//
// Stories of the start gate: the first node after a restart of all waits for
// others before it places children.

#include <boost/test/unit_test.hpp>

#include "horde/scheduling/start_gate.hpp"
#include "scheduling/stories.hpp"
#include "support/memory_store.hpp"

using namespace horde;
using namespace horde::scheduling;
using namespace horde::sim;
using namespace std::chrono_literals;

namespace {

using disks = std::map<std::string, std::shared_ptr<memory_store>>;

sim_config gated(std::size_t members, duration at_most) {
  return {.adjust = [=, kept = std::make_shared<disks>()](config& x) {
    x.place_after = {members, at_most};
    auto& disk = (*kept)[x.roster.self.node];
    if (!disk)
      disk = std::make_shared<memory_store>();
    x.store = disk;
  }};
}

/// Only the first node of three runs.
sim_members one_of_three(std::size_t members, duration at_most) {
  sim_members result{1, 3, gated(members, at_most)};
  result.kill(1);
  result.kill(2);
  result.run_for(1s);
  return result;
}

std::size_t share(const sim_members& sim, std::size_t node) {
  return sim.on(node).local_children();
}

} // namespace

BOOST_AUTO_TEST_SUITE(start_gate_tests)

BOOST_AUTO_TEST_CASE(a_gate_opens_by_members_or_time_and_stays_open) {
  std::vector<member_info> view(3);
  view[0].status = member_status::alive;
  view[1].status = member_status::suspect;
  start_gate gate{{2, 5s}};
  gate.start(instant{1h});
  gate.look(view, instant{1h});
  BOOST_TEST(!gate.is_open());
  BOOST_TEST(gate.waits_for()
             == "the start gate waits for 2 members, 1 are there; at most 5 s "
                "after the start");
  BOOST_TEST((gate.wake_at() == instant{1h + 5s}));
  view[1].status = member_status::alive;
  gate.look(view, instant{1h + 1s});
  BOOST_TEST(gate.is_open());
  BOOST_TEST(gate.waits_for() == "");
  gate.look({}, instant{1h + 2s});
  BOOST_TEST(gate.is_open());
  BOOST_TEST((gate.wake_at() == never));

  start_gate late{{2, 5s}};
  late.start(instant{1h});
  late.look({}, instant{1h + 5s});
  BOOST_TEST(late.is_open());
  BOOST_TEST(start_gate{{}}.is_open());
}

BOOST_AUTO_TEST_CASE(wrong_options_are_named) {
  config cfg;
  BOOST_TEST(!validate(cfg));
  cfg.place_after = {0, 1s};
  BOOST_TEST(validate(cfg)->what == "place_after.members = 0: takes 1 or more");
  cfg.place_after = {2, 0s};
  BOOST_TEST(validate(cfg)->what
             == "place_after.at_most = 0 s: takes a time above zero, up to "
                "24 h");
}

BOOST_AUTO_TEST_CASE(starts_wait_for_members_and_are_spread_over_them) {
  auto sim = one_of_three(3, 10s);
  std::vector<std::size_t> calls;
  for (int i = 0; i < 60; ++i)
    calls.push_back(sim.start_child(0, child("c" + std::to_string(i))));
  sim.run_for(2s);
  BOOST_TEST(sim.running().empty());
  sim.restart(1);
  sim.run_for(2s);
  BOOST_TEST(sim.running().empty());
  BOOST_TEST(sim.on(0).gate_waits_for().find("2 are there")
             != std::string::npos);
  sim.restart(2);
  sim.run_for(1s);
  BOOST_TEST(sim.on(0).gate_waits_for() == "");
  for (auto x : calls)
    BOOST_TEST(is<started>(sim, x));
  for (auto i : sim.alive())
    BOOST_TEST(share(sim, i) > 5u);
  BOOST_TEST(sim.disagreement() == "");
}

BOOST_AUTO_TEST_CASE(when_its_time_is_over_the_gate_opens_for_who_is_there) {
  auto sim = one_of_three(3, 4s);
  auto call = sim.start_child(0, child("a"));
  sim.run_for(2900ms);
  BOOST_TEST(!is_answered(sim, call));
  sim.run_for(200ms);
  BOOST_TEST(is<started>(sim, call));
}

BOOST_AUTO_TEST_CASE(a_start_that_waits_too_long_is_told_of_the_gate) {
  auto sim = one_of_three(3, 1h);
  auto call = sim.start_child(0, child("a"));
  sim.run_for(20s);
  auto problem = failure_of(sim, call);
  BOOST_TEST((problem.code == errc::timeout));
  BOOST_TEST(problem.what
             == "child 'a' was not started: the start gate waits for 3 "
                "members, 1 are there; at most 3600 s after the start");
  sim.restart(1);
  sim.restart(2);
  sim.run_for(5s);
  BOOST_TEST(!sim.on(0).find("a").has_value());
}

BOOST_AUTO_TEST_CASE(a_closed_gate_takes_over_nothing_but_what_ran_here) {
  sim_members sim{1, 3, gated(3, 1h)};
  sim.run_for(1s);
  for (int i = 0; i < 60; ++i)
    sim.start_child(0, child("c" + std::to_string(i)));
  sim.run_for(1s);
  BOOST_REQUIRE(sim.running().size() == 60u);
  std::vector<std::size_t> before;
  for (auto i : sim.alive())
    before.push_back(share(sim, i));
  for (auto i : sim.alive())
    sim.kill(i);
  sim.restart(0);
  sim.run_for(30s);
  BOOST_TEST(share(sim, 0) == before[0]); // at home
  auto elsewhere = id_on(sim, 0);
  for (const auto& x : sim.on(0).children())
    if (x.member != sim.member(0))
      elsewhere = x.id;
  BOOST_TEST(sim.on(0).find(elsewhere)->problem == sim.on(0).gate_waits_for());
  sim.restart(1);
  sim.restart(2);
  sim.run_for(10s);
  for (auto i : sim.alive())
    BOOST_TEST(share(sim, i) == before[i]);
  BOOST_TEST(sim.disagreement() == "");
}

BOOST_AUTO_TEST_CASE(once_open_the_last_member_takes_all) {
  sim_members sim{1, 3, gated(3, 1h)};
  sim.run_for(1s);
  for (int i = 0; i < 20; ++i)
    sim.start_child(0, child("c" + std::to_string(i)));
  sim.run_for(1s);
  sim.kill(0);
  sim.kill(1);
  sim.run_for(5s);
  BOOST_TEST(share(sim, 2) == 20u);
}

BOOST_AUTO_TEST_CASE(who_leaves_behind_a_closed_gate_answers_its_starts) {
  auto sim = one_of_three(3, 1h);
  auto call = sim.start_child(0, child("a"));
  sim.drain(0);
  sim.run_for(1s);
  BOOST_TEST((failure_of(sim, call).code == errc::shutting_down));
  BOOST_TEST(!sim.is_alive(0));
}

BOOST_AUTO_TEST_SUITE_END()
