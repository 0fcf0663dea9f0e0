// SPDX-License-Identifier: MIT
//
// Stories of what members tell of the lives of children, and of children that
// are released from quarantine by hand.

#include <boost/test/unit_test.hpp>

#include "scheduling/stories.hpp"

using namespace horde;
using namespace horde::scheduling;
using namespace horde::sim;
using namespace std::chrono_literals;
using what = child_change;

namespace {

std::vector<child_event> told(const sim_members& sim, std::size_t node,
                              const std::string& id) {
  std::vector<child_event> result;
  for (const auto& x : sim.events(node))
    if (x.id == id)
      result.push_back(x);
  return result;
}

/// The kinds, one word each.
std::string story(const sim_members& sim, std::size_t node,
                  const std::string& id) {
  std::string result;
  for (const auto& x : told(sim, node, id))
    result += (result.empty() ? "" : " ") + std::string{to_string(x.what)};
  return result;
}

/// Each live node tells the same events of `id`; returns them.
std::vector<child_event> agreed(const sim_members& sim, const std::string& id) {
  auto nodes = sim.alive();
  auto result = told(sim, nodes.front(), id);
  for (auto i : nodes)
    BOOST_TEST(story(sim, i, id) == story(sim, nodes.front(), id));
  return result;
}

std::string agreed_story(const sim_members& sim, const std::string& id) {
  agreed(sim, id);
  return story(sim, sim.alive().front(), id);
}

/// Crashes it on `node` until it waits in quarantine.
void drive_mad(sim_members& sim, std::size_t node, const std::string& id) {
  for (int i = 0; i < 4; ++i) {
    BOOST_REQUIRE(sim.crash(node, id));
    sim.run_for(20ms);
  }
  BOOST_REQUIRE((sim.on(node).find(id)->state == child_state::quarantined));
}

sim_config with_backoff(duration first) {
  return {.adjust = [first](config& x) {
    x.backoff_first = first;
    x.backoff_at_most = 10 * first;
  }};
}

} // namespace

BOOST_AUTO_TEST_SUITE(events_tests)

BOOST_AUTO_TEST_CASE(every_member_tells_each_event_of_a_child_once_in_order) {
  auto sim = linked_members(3);
  auto id = id_on(sim, 1);
  auto call = sim.start_child(0, child(id));
  sim.run_for(100ms);
  auto first = sim.started_pid(call);
  sim.crash(1, id);
  sim.run_for(100ms);
  sim.terminate(2, id);
  sim.run_for(1s);
  BOOST_TEST(agreed_story(sim, id) == "started crashed restarted ended");
  for (auto i : sim.alive()) {
    auto x = told(sim, i, id);
    for (const auto& y : x) {
      BOOST_TEST(y.type == "ok");
      BOOST_TEST((y.member == sim.member(1)));
    }
    BOOST_TEST((x[0].pid == first));
    BOOST_TEST(x[0].attempt == 1u);
    BOOST_TEST(x[1].reason == "boom");
    BOOST_TEST((x[1].pid == first));
    BOOST_TEST(x[1].attempt == 1u);
    BOOST_TEST(x[2].attempt == 2u);
    BOOST_TEST((x[2].pid != first));
    BOOST_TEST(x[3].reason == "terminated");
    BOOST_TEST((x[0].at < x[1].at && x[1].at < x[2].at && x[2].at < x[3].at));
    auto counts = sim.on(i).events();
    BOOST_TEST((counts == child_event_counts{1, 1, 1, 0, 0, 0, 1}));
  }
}

BOOST_AUTO_TEST_CASE(a_permanent_child_that_ends_by_itself_restarts_uncrashed) {
  auto sim = linked_members(2);
  auto id = id_on(sim, 1);
  sim.start_child(0, child(id));
  sim.run_for(100ms);
  sim.crash(1, id, supervision::exit_kind::clean);
  sim.run_for(100ms);
  BOOST_TEST(agreed_story(sim, id) == "started restarted");
  BOOST_TEST(told(sim, 0, id)[1].reason == "done");
  BOOST_TEST(sim.on(0).find(id)->last_end == "done");
  BOOST_TEST(sim.on(0).find(id)->crashes == 0u);
}

BOOST_AUTO_TEST_CASE(why_a_child_ended_for_good_is_told_where_it_ran) {
  auto sim = linked_members(2);
  auto id = id_on(sim, 1);
  sim.start_child(0, child(id, restart::temporary));
  sim.run_for(100ms);
  sim.crash(1, id);
  sim.run_for(100ms);
  BOOST_TEST(agreed_story(sim, id) == "started ended");
  BOOST_TEST(told(sim, 1, id)[1].reason == "boom");
  BOOST_TEST(told(sim, 0, id)[1].reason == "ended"); // nothing was written
  BOOST_TEST(told(sim, 0, id)[1].type == "ok");
}

BOOST_AUTO_TEST_CASE(children_of_a_dead_member_have_moved) {
  auto sim = linked_members(3);
  auto id = id_on(sim, 1);
  auto brief = id_on(sim, 1, 1);
  sim.start_child(0, child(id));
  sim.start_child(0, child(brief, restart::temporary));
  sim.run_for(100ms);
  sim.kill(1);
  sim.run_for(5s);
  BOOST_TEST(agreed_story(sim, id) == "started moved");
  for (auto i : sim.alive()) {
    auto x = told(sim, i, id)[1];
    BOOST_TEST(x.reason == "its node ended");
    BOOST_TEST((x.member == sim.on(i).find(id)->member));
    BOOST_TEST(x.attempt == 2u);
    BOOST_TEST(told(sim, i, brief)[1].reason == "its node ended");
  }
  BOOST_TEST(agreed_story(sim, brief) == "started ended");
}

BOOST_AUTO_TEST_CASE(children_of_a_draining_member_have_moved) {
  auto sim = linked_members(3);
  auto id = id_on(sim, 1);
  sim.start_child(0, child(id));
  sim.run_for(100ms);
  sim.drain(1);
  sim.run_for(2s);
  BOOST_TEST(agreed_story(sim, id) == "started moved");
  BOOST_TEST(told(sim, 0, id)[1].reason == "its member left");
}

BOOST_AUTO_TEST_CASE(a_poison_child_is_told_to_wait_and_to_be_tried_again) {
  auto sim = linked_members(3, with_backoff(2s));
  auto id = id_on(sim, 1);
  sim.start_child(0, child(id));
  sim.run_for(100ms);
  drive_mad(sim, 1, id);
  auto info = *sim.on(2).find(id);
  BOOST_TEST(info.last_end == "boom");
  BOOST_TEST(info.crashes == 4u);
  BOOST_TEST((info.started == wall_time{}));
  BOOST_TEST((info.next_start > sim.moment_now().wall + 1s));
  BOOST_TEST((info.next_start < sim.moment_now().wall + 3s));
  sim.run_for(3s);
  BOOST_TEST(agreed_story(sim, id)
             == "started crashed restarted crashed restarted crashed restarted "
                "crashed quarantined released restarted");
  BOOST_TEST(told(sim, 0, id)[8].reason == "boom");
  BOOST_TEST(told(sim, 0, id)[9].reason == "it waited long enough");
  info = *sim.on(2).find(id);
  BOOST_TEST((info.next_start == wall_time{}));
  BOOST_TEST((info.started > sim.moment_now().wall - 3s));
  BOOST_TEST((info.started < sim.moment_now().wall));
}

BOOST_AUTO_TEST_CASE(a_restart_that_fails_is_a_crash_with_its_reason) {
  auto sim = linked_members(2, with_backoff(1s));
  auto id = id_on(sim, 1);
  sim.start_child(0, child(id));
  sim.run_for(100ms);
  sim.factories["ok"].fails_percent = 100;
  sim.crash(1, id);
  sim.run_for(500ms);
  auto all = told(sim, 1, id);
  BOOST_REQUIRE(all.size() >= 3u);
  BOOST_TEST((all[2].what == what::crashed));
  BOOST_TEST(all[2].reason == "as told");
  BOOST_TEST(!all[2].pid);
  BOOST_TEST((all.back().what == what::quarantined));
  // Others hear of crashes within one step as of one, and count them all.
  BOOST_TEST((told(sim, 0, id).back().what == what::quarantined));
  BOOST_TEST((sim.on(0).events() == sim.on(1).events()));
}

BOOST_AUTO_TEST_CASE(
  a_quarantined_child_is_told_once_more_where_it_waits_next) {
  auto sim = linked_members(3, with_backoff(20s));
  auto id = id_on(sim, 1);
  sim.start_child(0, child(id));
  sim.run_for(100ms);
  drive_mad(sim, 1, id);
  sim.kill(1);
  sim.run_for(5s);
  auto all = agreed(sim, id);
  BOOST_REQUIRE(all.size() >= 2u);
  BOOST_TEST((all[all.size() - 2].what == what::quarantined));
  BOOST_TEST((all.back().what == what::quarantined));
  BOOST_TEST((all.back().member != sim.member(1)));
  BOOST_TEST(sim.on(0).find(id)->last_end == "boom");
}

BOOST_AUTO_TEST_CASE(long_reasons_are_cut) {
  BOOST_TEST(shortened("short", 8) == "short");
  BOOST_TEST(shortened("longer than that", 5) == "longe...");
  BOOST_TEST(shortened("long\xc3\xa4\xc3\xa4", 5) == "long...");
}

BOOST_AUTO_TEST_CASE(who_comes_later_tells_what_there_is_as_started) {
  auto sim = linked_members(3);
  auto id = id_on(sim, 0);
  sim.kill(2);
  sim.run_for(3s);
  sim.start_child(1, child(id));
  sim.run_for(100ms);
  sim.restart(2);
  sim.run_for(3s);
  BOOST_TEST(story(sim, 2, id).starts_with("started"));
  BOOST_TEST(sim.untold() == "");
}

BOOST_AUTO_TEST_CASE(nothing_is_told_unless_somebody_listens_but_counted) {
  auto sim = linked_members(1);
  sim.on(0).tell_events(false);
  sim.start_child(0, child("ada"));
  sim.run_for(100ms);
  BOOST_TEST(sim.events(0).empty());
  BOOST_TEST(sim.on(0).events().started == 1u);
}

// -- release -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(any_member_releases_a_child_which_starts_at_once) {
  for (std::size_t asked = 0; asked < 3; ++asked) {
    auto sim = linked_members(3, with_backoff(60s));
    auto id = id_on(sim, 1);
    sim.start_child(0, child(id));
    sim.run_for(100ms);
    drive_mad(sim, 1, id);
    BOOST_TEST(!sim.release(asked, id).has_value());
    sim.run_for(100ms);
    BOOST_TEST(sim.disagreement() == "");
    BOOST_TEST(sim.starts_of(id) == 5u);
    auto all = agreed(sim, id);
    BOOST_TEST((all[all.size() - 2].what == what::released));
    BOOST_TEST(all[all.size() - 2].reason == "by hand");
    BOOST_TEST((all.back().what == what::restarted));
    // Its back-offs are forgotten: three more restarts are free.
    for (int i = 0; i < 3; ++i) {
      sim.crash(1, id);
      sim.run_for(20ms);
    }
    BOOST_TEST((sim.on(0).find(id)->state == child_state::running));
    BOOST_TEST(sim.untold() == "");
  }
}

BOOST_AUTO_TEST_CASE(only_a_child_in_quarantine_is_released) {
  auto sim = linked_members(2);
  sim.start_child(0, child("ada"));
  sim.run_for(100ms);
  BOOST_TEST((sim.release(0, "bob")->code == errc::not_found));
  auto problem = *sim.release(1, "ada");
  BOOST_TEST((problem.code == errc::not_quarantined));
  BOOST_TEST(problem.what.find("running") != std::string::npos, problem.what);
}

BOOST_AUTO_TEST_CASE(a_release_waits_for_a_member_that_cannot_be_reached) {
  auto sim = linked_members(2, with_backoff(600s));
  auto id = id_on(sim, 1);
  sim.start_child(0, child(id));
  sim.run_for(100ms);
  drive_mad(sim, 1, id);
  sim.cut(0, 1);
  sim.run_for(100ms); // not down yet
  BOOST_TEST(!sim.release(0, id).has_value());
  sim.heal(0, 1);
  sim.run_for(2s);
  BOOST_TEST(sim.disagreement() == "");
  BOOST_TEST(sim.runs_on(id).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_released_child_of_a_member_that_dies_starts_elsewhere) {
  auto sim = linked_members(3, with_backoff(600s));
  auto id = id_on(sim, 1);
  sim.start_child(0, child(id));
  sim.run_for(100ms);
  drive_mad(sim, 1, id);
  sim.cut(0, 1);
  sim.cut(2, 1);
  BOOST_TEST(!sim.release(0, id).has_value());
  sim.run_for(100ms);
  sim.kill(1);
  sim.run_for(5s);
  BOOST_TEST(sim.disagreement() == "");
  BOOST_TEST(agreed_story(sim, id).ends_with("released moved"));
}

BOOST_AUTO_TEST_SUITE_END()
