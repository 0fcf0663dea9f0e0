// SPDX-License-Identifier: MIT
//
// Stories of one to four members whose network is kind unless the story says
// otherwise: how starts, ends and terminates go.

#include "horde/scheduling/scheduler.hpp"

#include <boost/test/unit_test.hpp>

#include "scheduling/stories.hpp"

using namespace horde;
using namespace horde::scheduling;
using namespace horde::sim;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(scheduler_tests)

// -- starting ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_child_runs_once_and_every_member_lists_it) {
  for (std::size_t asked = 0; asked < 3; ++asked) {
    auto sim = linked_members(3);
    auto call = sim.start_child(asked, child("ada"));
    sim.run_for(1s);
    auto answer = answer_of<started>(sim, call);
    BOOST_TEST(answer.id == "ada");
    BOOST_TEST(answer.info == "info");
    BOOST_TEST(sim.runs_on("ada").size() == 1u);
    BOOST_TEST(sim.disagreement() == "");
    for (auto i : sim.alive()) {
      auto info = sim.on(i).find("ada");
      BOOST_REQUIRE(info.has_value());
      BOOST_TEST((info->pid == answer.pid));
      BOOST_TEST((info->state == child_state::running));
      BOOST_TEST(info->attempt == 1u);
      BOOST_TEST(sim.on(i).counts().active == 1u);
    }
    BOOST_TEST(sim.violation() == "");
  }
}

BOOST_AUTO_TEST_CASE(who_asked_sees_the_child_as_soon_as_it_is_answered) {
  for (std::size_t asked = 0; asked < 3; ++asked) {
    auto sim = linked_members(3);
    auto call = sim.start_child(asked, child("ada"));
    BOOST_TEST(sim.run_while_not([&] { return is_answered(sim, call); }, 5s));
    BOOST_TEST(sim.on(asked).find("ada").has_value());
  }
}

BOOST_AUTO_TEST_CASE(children_without_an_id_get_one_each_and_are_spread) {
  auto sim = linked_members(3);
  for (int i = 0; i < 90; ++i)
    sim.start_child(0, child(""));
  sim.run_for(2s);
  BOOST_TEST(sim.on(1).counts().specs == 90u);
  for (auto i : sim.alive())
    BOOST_TEST(sim.on(i).local_children() > 10u);
  BOOST_TEST(sim.disagreement() == "");
}

BOOST_AUTO_TEST_CASE(children_with_one_placement_key_run_on_one_member) {
  auto sim = linked_members(4);
  for (int i = 0; i < 20; ++i) {
    auto spec = child("c" + std::to_string(i));
    spec.placement_key = "together";
    sim.start_child(static_cast<std::size_t>(i % 4), spec);
  }
  sim.run_for(2s);
  std::set<member_id> where;
  for (const auto& x : sim.on(0).children())
    where.insert(x.member);
  BOOST_TEST(where.size() == 1u);
  BOOST_TEST(sim.on(0).counts().active == 20u);
}

BOOST_AUTO_TEST_CASE(an_id_that_runs_is_already_started) {
  auto sim = linked_members(3);
  auto first = sim.start_child(0, child("ada"));
  sim.run_for(1s);
  for (auto i : sim.alive()) {
    auto again = sim.start_child(i, child("ada"));
    auto answer = answer_of<already_started>(sim, again); // at once
    BOOST_TEST((answer.pid == sim.started_pid(first)));
  }
  BOOST_TEST(sim.starts_of("ada") == 1u);
}

BOOST_AUTO_TEST_CASE(two_members_start_one_explicit_id_at_once) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    sim_members sim{seed, 3};
    sim.factories["ok"] = {.shortest = 1ms, .longest = 20ms};
    sim.run_for(1s);
    auto a = sim.start_child(0, child("ada"));
    auto b = sim.start_child(1, child("ada"));
    sim.run_for(3s);
    BOOST_TEST_CONTEXT("seed " << seed) {
      bool one_each = (is<started>(sim, a) && is<already_started>(sim, b))
                      || (is<already_started>(sim, a) && is<started>(sim, b));
      BOOST_TEST(one_each);
      BOOST_TEST(sim.starts_of("ada") == 1u);
      BOOST_TEST(sim.disagreement() == "");
    }
  }
}

BOOST_AUTO_TEST_CASE(an_ignored_or_failed_start_leaves_nothing_behind) {
  auto sim = linked_members(3);
  sim.factories["no"] = {.ignores_percent = 100};
  sim.factories["bad"] = {.fails_percent = 100};
  for (std::size_t asked = 0; asked < 3; ++asked) {
    auto no = child("no");
    no.type = "no";
    auto bad = child("bad");
    bad.type = "bad";
    auto a = sim.start_child(asked, no);
    auto b = sim.start_child(asked, bad);
    sim.run_for(500ms);
    BOOST_TEST(is<ignored>(sim, a));
    BOOST_TEST((failure_of(sim, b).code == errc::start_failed));
  }
  for (auto i : sim.alive()) {
    BOOST_TEST(sim.on(i).children().empty());
    BOOST_TEST(sim.on(i).local_children() == 0u);
  }
}

BOOST_AUTO_TEST_CASE(
  a_second_start_waits_for_the_first_and_replaces_a_failed_one) {
  auto sim = linked_members(3);
  auto id = id_on(sim, 1);
  sim.factories["ok"] = {
    .shortest = 300ms, .longest = 300ms, .fails_percent = 100};
  auto a = sim.start_child(0, child(id));
  sim.run_for(100ms);
  auto b = sim.start_child(1, child(id));
  auto c = sim.start_child(2, child(id));
  sim.run_for(250ms);
  sim.factories["ok"].fails_percent = 0; // only the first failed
  BOOST_TEST((failure_of(sim, a).code == errc::start_failed));
  BOOST_TEST(!is_answered(sim, b));
  sim.run_for(1s);
  BOOST_TEST((is<started>(sim, b) != is<started>(sim, c)));
  BOOST_TEST((is<already_started>(sim, b) != is<already_started>(sim, c)));
  BOOST_TEST(sim.starts_of(id) == 2u);
  BOOST_TEST(sim.disagreement() == "");
}

BOOST_AUTO_TEST_CASE(refusals_name_their_reason) {
  sim_members sim{1, 2, {.mode = member_mode::dynamic}};
  sim.run_for(1s);
  auto bad = child("ada");
  bad.type.clear();
  BOOST_TEST(
    (failure_of(sim, sim.start_child(0, bad)).code == errc::bad_child_spec));
  auto big = child("ada");
  big.args.assign(300 * 1024, 'x');
  BOOST_TEST(
    (failure_of(sim, sim.start_child(0, big)).code == errc::too_large));
  BOOST_TEST(!sim.set_members(0, {0}).has_value());
  sim.run_for(1s);
  BOOST_TEST((failure_of(sim, sim.start_child(1, child("ada"))).code
              == errc::not_a_member));
  sim.drain(0);
  BOOST_TEST((failure_of(sim, sim.start_child(0, child("ada"))).code
              == errc::shutting_down));
}

BOOST_AUTO_TEST_CASE(a_full_member_says_so) {
  sim_members sim{1, 1, {.adjust = [](config& x) { x.max_children = 2; }}};
  sim.run_for(100ms);
  sim.start_child(0, child("a"));
  sim.start_child(0, child("b"));
  auto c = sim.start_child(0, child("c"));
  BOOST_TEST((failure_of(sim, c).code == errc::max_children));
  sim.run_for(100ms);
  sim.terminate(0, "a");
  sim.run_for(100ms);
  auto d = sim.start_child(0, child("c"));
  sim.run_for(100ms);
  BOOST_TEST(is<started>(sim, d));
}

BOOST_AUTO_TEST_CASE(a_slow_start_delays_nobody_else) {
  auto sim = linked_members(2);
  sim.factories["slow"] = {.shortest = 8s, .longest = 8s};
  auto spec = child("slow");
  spec.type = "slow";
  auto slow = sim.start_child(0, spec);
  for (int i = 0; i < 20; ++i)
    sim.start_child(0, child("c" + std::to_string(i)));
  sim.run_for(100ms);
  BOOST_TEST(sim.on(0).counts().active == 20u);
  BOOST_TEST(!is_answered(sim, slow));
  sim.run_for(9s);
  BOOST_TEST(is<started>(sim, slow));
  BOOST_TEST(sim.starts_of("slow") == 1u); // asked again, run once
}

BOOST_AUTO_TEST_CASE(
  a_start_that_takes_too_long_names_the_child_and_the_member) {
  auto sim = linked_members(2);
  sim.factories["ok"] = {.shortest = 1h, .longest = 1h};
  auto id = id_on(sim, 1);
  auto call = sim.start_child(0, child(id));
  sim.run_for(20s);
  auto problem = failure_of(sim, call);
  BOOST_TEST((problem.code == errc::timeout));
  BOOST_TEST(problem.what.find(id) != std::string::npos, problem.what);
  BOOST_TEST(problem.what.find("node-1") != std::string::npos, problem.what);
  sim.run_for(2h); // and nobody wants its late result
  BOOST_TEST(sim.runs_on(id).empty());
  BOOST_TEST(sim.on(0).children().empty());
}

BOOST_AUTO_TEST_CASE(a_lonely_member_answers_without_a_second_copy) {
  sim_members sim{1, 1};
  auto call = sim.start_child(0, child("ada"));
  sim.run_for(10ms);
  BOOST_TEST(is<started>(sim, call));
}

BOOST_AUTO_TEST_CASE(an_answer_waits_for_a_second_copy_but_not_for_ever) {
  auto sim = linked_members(2);
  auto id = id_on(sim, 0);
  sim.network.set_faults({.lost_percent = 100});
  auto call = sim.start_child(0, child(id));
  sim.run_for(4s);
  BOOST_TEST(!is_answered(sim, call));
  sim.run_for(2s);
  auto problem = failure_of(sim, call);
  BOOST_TEST((problem.code == errc::timeout));
  BOOST_TEST(problem.what.find("acknowledged by 0 of 1 other")
             != std::string::npos);
  BOOST_TEST(sim.runs_on(id).size() == 1U); // what was done stays done
  auto again = sim.start_child(0, child(id));
  sim.run_for(1ms);
  BOOST_TEST(is<already_started>(sim, again));
  auto end = sim.terminate(0, id);
  sim.run_for(6s);
  BOOST_REQUIRE(sim.call(end).terminates.size() == 1U);
  BOOST_REQUIRE(sim.call(end).terminates[0].has_value());
  BOOST_TEST((sim.call(end).terminates[0]->code == errc::timeout));
  BOOST_TEST(sim.runs_on(id).empty());
}

BOOST_AUTO_TEST_CASE(a_caller_may_do_without_the_second_copy) {
  auto sim = linked_members(2);
  auto id = id_on(sim, 0);
  sim.network.set_faults({.lost_percent = 100});
  auto call = sim.start_child(0, child(id), start_ack::local);
  sim.run_for(100ms);
  BOOST_TEST(is<started>(sim, call));
  // It has the record of one that runs elsewhere before it is told, though.
  auto far = sim.start_child(0, child(id_on(sim, 1)), start_ack::local);
  sim.run_for(1s);
  BOOST_TEST(!is_answered(sim, far));
}

// -- restarts ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_crashed_permanent_child_is_restarted_with_a_new_pid) {
  auto sim = linked_members(2);
  auto call = sim.start_child(0, child("ada"));
  sim.run_for(1s);
  auto node = sim.runs_on("ada").at(0);
  BOOST_TEST(sim.crash(node, "ada"));
  sim.run_for(1s);
  for (auto i : sim.alive()) {
    auto info = sim.on(i).find("ada");
    BOOST_REQUIRE(info.has_value());
    BOOST_TEST((info->pid != sim.started_pid(call)));
    BOOST_TEST(info->attempt == 2u);
  }
  BOOST_TEST(sim.disagreement() == "");
}

BOOST_AUTO_TEST_CASE(exits_follow_the_restart_kind) {
  struct row {
    restart when;
    supervision::exit_kind how;
    bool again;
  };
  using supervision::exit_kind;
  const row rows[] = {{restart::permanent, exit_kind::clean, true},
                      {restart::transient, exit_kind::crash, true},
                      {restart::transient, exit_kind::clean, false},
                      {restart::temporary, exit_kind::crash, false}};
  for (const auto& x : rows) {
    auto sim = linked_members(2);
    sim.start_child(0, child("ada", x.when));
    sim.run_for(1s);
    sim.crash(sim.runs_on("ada").at(0), "ada", x.how);
    sim.run_for(1s);
    BOOST_TEST(sim.runs_on("ada").size() == (x.again ? 1u : 0u));
    BOOST_TEST(sim.on(0).counts().specs == (x.again ? 1u : 0u));
    BOOST_TEST(sim.disagreement() == "");
  }
}

BOOST_AUTO_TEST_CASE(
  a_poison_child_is_quarantined_and_the_healthy_never_notice) {
  auto sim = linked_members(3);
  sim.factories["poison"] = {.crashes_percent = 100, .crashes_after = 20ms};
  for (int i = 0; i < 100; ++i)
    sim.start_child(0, child("c" + std::to_string(i)));
  auto spec = child("poison");
  spec.type = "poison";
  sim.start_child(0, spec);
  bool quarantined = false;
  for (int i = 0; i < 60; ++i) {
    sim.run_for(1s);
    auto info = sim.on(0).find("poison");
    BOOST_REQUIRE(info.has_value());
    quarantined = quarantined || info->state == child_state::quarantined;
    BOOST_REQUIRE(sim.on(0).counts().active >= 100u);
  }
  BOOST_TEST(quarantined);
  BOOST_TEST(sim.starts_of("poison") < 15u); // in a minute
  for (int i = 0; i < 100; ++i)
    BOOST_TEST(sim.starts_of("c" + std::to_string(i)) == 1u);
  sim.factories["poison"].crashes_percent = 0;
  sim.run_for(90s);
  BOOST_TEST(sim.disagreement() == "");
}

BOOST_AUTO_TEST_CASE(quarantine_follows_the_child_to_its_next_member) {
  auto sim = linked_members(3);
  sim.factories["poison"] = {.crashes_percent = 100, .crashes_after = 20ms};
  auto spec = child("poison");
  spec.type = "poison";
  auto call = sim.start_child(0, spec);
  sim.run_for(20s);
  auto before = sim.starts_of("poison");
  for (auto i : sim.alive())
    if (sim.on(i).find("poison")->member == sim.member(i)) {
      sim.kill(i);
      break;
    }
  sim.run_for(3s); // down after one
  BOOST_TEST(is<started>(sim, call));
  auto info = sim.on(sim.alive().front()).find("poison");
  BOOST_TEST((info->state == child_state::quarantined));
  BOOST_TEST(sim.starts_of("poison") <= before + 1);
}

BOOST_AUTO_TEST_CASE(a_child_that_cannot_be_restarted_is_tried_again_later) {
  auto sim = linked_members(2);
  sim.start_child(0, child("ada"));
  sim.run_for(1s);
  sim.factories["ok"].fails_percent = 100;
  sim.crash(sim.runs_on("ada").at(0), "ada");
  sim.run_for(10s);
  BOOST_TEST((sim.on(0).find("ada")->state == child_state::quarantined));
  BOOST_TEST(sim.on(0).counts().specs == 1u);
  BOOST_TEST(sim.on(0).counts().active == 0u);
  sim.factories["ok"].fails_percent = 0;
  sim.run_for(30s);
  BOOST_TEST(sim.disagreement() == "");
  BOOST_TEST(sim.on(1).counts().active == 1u);
}

BOOST_AUTO_TEST_CASE(a_restart_that_is_ignored_removes_the_child) {
  auto sim = linked_members(2);
  sim.start_child(0, child("ada"));
  sim.run_for(1s);
  sim.factories["ok"].ignores_percent = 100;
  sim.crash(sim.runs_on("ada").at(0), "ada");
  sim.run_for(1s);
  BOOST_TEST(sim.on(0).children().empty());
  BOOST_TEST(sim.on(1).children().empty());
}

// -- terminating -------------------------------------------------------------

BOOST_AUTO_TEST_CASE(any_member_terminates_any_child_by_id_or_pid) {
  auto sim = linked_members(3);
  for (std::size_t asked = 0; asked < 3; ++asked)
    for (bool by_pid : {false, true}) {
      auto start = sim.start_child(0, child("ada"));
      sim.run_for(1s);
      auto call = by_pid ? sim.terminate(asked, sim.started_pid(start))
                         : sim.terminate(asked, "ada");
      BOOST_TEST(!is_answered(sim, call));
      BOOST_TEST(sim.run_while_not([&] { return is_answered(sim, call); }, 1s));
      BOOST_TEST(!sim.call(call).terminates.at(0).has_value());
      BOOST_TEST(sim.runs_on("ada").empty()); // it has ended by now
      sim.run_for(100ms);
      BOOST_TEST(sim.disagreement() == "");
      auto again = by_pid ? sim.terminate(asked, sim.started_pid(start))
                          : sim.terminate(asked, "ada");
      BOOST_TEST((sim.call(again).terminates.at(0)->code == errc::not_found));
    }
}

BOOST_AUTO_TEST_CASE(a_child_in_quarantine_can_be_terminated) {
  auto sim = linked_members(2);
  sim.start_child(0, child("ada"));
  sim.run_for(1s);
  sim.factories["ok"].fails_percent = 100;
  sim.crash(sim.runs_on("ada").at(0), "ada");
  sim.run_for(1s);
  for (std::size_t asked : {1, 0}) {
    auto call = sim.terminate(asked, "ada");
    sim.run_for(100ms);
    BOOST_TEST(is_answered(sim, call));
  }
  auto starts = sim.starts_of("ada");
  sim.run_for(60s);
  BOOST_TEST(sim.starts_of("ada") == starts);
  BOOST_TEST(sim.on(0).children().empty());
}

BOOST_AUTO_TEST_CASE(a_child_that_does_not_stop_in_time_is_reported) {
  auto sim = linked_members(2);
  sim.factories["ok"].stops_within = 1h;
  sim.start_child(0, child("ada"));
  sim.run_for(1s);
  auto call = sim.terminate(0, "ada");
  sim.run_for(30s);
  auto problem = sim.call(call).terminates.at(0);
  BOOST_REQUIRE(problem.has_value());
  BOOST_TEST((problem->code == errc::timeout));
  BOOST_TEST(problem->what.find("ada") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_terminated_id_can_be_started_again_with_another_spec) {
  auto sim = linked_members(3);
  for (int round = 0; round < 5; ++round) {
    auto spec = child("ada");
    spec.args = std::to_string(round);
    auto call = sim.start_child(static_cast<std::size_t>(round % 3), spec);
    sim.run_for(500ms);
    BOOST_TEST(is<started>(sim, call));
    BOOST_TEST(sim.disagreement() == "");
    sim.terminate(static_cast<std::size_t>((round + 1) % 3), "ada");
    sim.run_for(500ms);
    BOOST_TEST(sim.on(0).children().empty());
  }
}

// -- hostile and odd input ---------------------------------------------------

BOOST_AUTO_TEST_CASE(malformed_and_foreign_operations_are_counted_and_dropped) {
  auto sim = linked_members(2);
  auto& x = sim.on(0);
  auto peer = sim.on(1).replica().id();
  auto good =
    encode_operation(forwarded_start{{peer, 7}, 1, 4, 1s, child("ada")});
  BOOST_TEST(x.receive(replica_id{4711}, good, sim.moment_now()).empty());
  BOOST_TEST(x.refused_messages() == 1u);
  for (std::size_t n = 1; n < good.size(); ++n)
    BOOST_TEST(x.receive(peer, good.substr(0, n), sim.moment_now()).empty());
  BOOST_TEST(x.refused_messages() == good.size());
  x.receive(peer, good + "x", sim.moment_now());
  BOOST_TEST(x.refused_messages() == good.size() + 1);
  x.receive(peer, good.substr(0, 1) + std::string(1'000'000, 'x'),
            sim.moment_now());
  BOOST_TEST(x.refused_messages() == good.size() + 2);
  BOOST_TEST(!x.receive(peer, good, sim.moment_now()).empty());
}

BOOST_AUTO_TEST_CASE(stale_tokens_change_nothing) {
  auto sim = linked_members(1);
  sim.start_child(0, child("ada"));
  sim.run_for(100ms);
  auto& x = sim.on(0);
  auto before = x.children();
  using supervision::exit_kind;
  BOOST_TEST(x.child_exited(99, exit_kind::crash, sim.moment_now()).empty());
  BOOST_TEST(
    x.child_not_started(99, {errc::ignored, ""}, sim.moment_now()).empty());
  BOOST_TEST((x.children() == before));
}

BOOST_AUTO_TEST_CASE(an_unknown_start_is_stopped_so_that_nothing_runs_unseen) {
  auto sim = linked_members(1);
  auto out = sim.on(0).child_started(99, 7, "", sim.moment_now());
  BOOST_REQUIRE(out.size() == 1u);
  BOOST_TEST(std::get<stop_child>(out[0]).start == 99u);
}

BOOST_AUTO_TEST_CASE(a_member_with_nothing_to_do_asks_for_a_later_time) {
  auto sim = linked_members(3);
  sim.start_child(0, child("ada"));
  sim.run_for(10s);
  for (auto i : sim.alive())
    BOOST_TEST((sim.on(i).wake_at() > sim.now()));
}

BOOST_AUTO_TEST_SUITE_END()
