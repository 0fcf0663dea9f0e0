// SPDX-License-Identifier: MIT
//
// Stories of children that take their state along when they move.

#include "horde/scheduling/hand_offs.hpp"

#include <boost/test/unit_test.hpp>

#include "scheduling/stories.hpp"
#include "sim/hand_off_sim.hpp"

using namespace horde;
using namespace horde::scheduling;
using namespace horde::sim;
using namespace std::chrono_literals;

namespace {

constexpr instant start{1h};

supervision::child_spec counter(std::string id) {
  auto result = child(std::move(id));
  result.hand_off = true;
  return result;
}

/// A counter on node 0 that has counted to three.
struct counted_to_three {
  sim_members sim;
  std::string id;

  explicit counted_to_three(std::size_t n = 3, sim_config cfg = {})
      : sim(linked_members(n, std::move(cfg))), id(id_on(sim, 0)) {
    sim.start_child(0, counter(id));
    sim.run_for(100ms);
    for (int i = 0; i < 3; ++i)
      sim.count(id);
  }

  void leave(duration time = 5s) {
    sim.drain(0);
    sim.run_for(time);
  }

  std::uint64_t count() const { return sim.counted(id).value_or(999); }
  std::string last_end(std::size_t seen_from = 1) const {
    return sim.on(seen_from).find(id)->last_end;
  }
  bool is_well() const {
    return sim.violation().empty() && sim.disagreement().empty();
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(hand_off_states)

BOOST_AUTO_TEST_CASE(a_state_is_kept_for_its_start_alone) {
  hand_offs x{10};
  x.ask("a", {.attempt = 3, .until = start + 1s});
  BOOST_TEST(x.is_asked("a"));
  BOOST_TEST(x.kept("a", 3) == nullptr);
  BOOST_TEST(x.answered("a", std::string{"state"}, start + 9s));
  BOOST_TEST(!x.is_asked("a"));
  BOOST_TEST(*x.kept("a", 3) == "state");
  BOOST_TEST(x.kept("a", 2) == nullptr);
  BOOST_TEST(x.kept("b", 3) == nullptr);
  BOOST_TEST(!x.answered("a", std::string{"late"}, start + 9s));
  BOOST_TEST(*x.kept("a", 3) == "state");
}

BOOST_AUTO_TEST_CASE(who_does_not_answer_in_time_has_failed) {
  hand_offs x{10};
  x.ask("a", {.attempt = 3, .until = start + 1s});
  BOOST_TEST((x.next() == start + 1s));
  BOOST_TEST(x.take_due(start + 999ms, 9s).empty());
  BOOST_TEST((x.take_due(start + 1s, 9s) == std::vector<std::string>{"a"}));
  BOOST_TEST((x.find("a")->is == hand_off_phase::failed));
  BOOST_TEST(x.find("a")->problem == "it was not given in time");
  BOOST_TEST(!x.answered("a", std::string{"late"}, start + 9s));
  BOOST_TEST(x.take_due(start + 10s, 9s).size() == 1u);
  BOOST_TEST((x.next() == never));
}

BOOST_AUTO_TEST_CASE(a_state_that_nobody_comes_for_is_due_to_be_forgotten) {
  hand_offs x{10};
  x.ask("a", {.attempt = 1, .until = start + 1s});
  x.answered("a", std::string{"state"}, start + 30s);
  BOOST_TEST(x.take_due(start + 29s, 9s).empty());
  BOOST_TEST(x.take_due(start + 30s, 9s).size() == 1u);
  x.forget("a");
  BOOST_TEST(x.kept("a", 1) == nullptr);
  BOOST_TEST(x.size() == 0u);
  BOOST_TEST((x.next() == never));
}

BOOST_AUTO_TEST_CASE(a_state_has_a_limit) {
  hand_offs x{10};
  x.ask("a", {.attempt = 1, .until = start + 1s});
  x.answered("a", std::string(10, 'x'), start + 30s);
  BOOST_TEST(x.kept("a", 1) != nullptr);
  x.ask("a", {.attempt = 1, .until = start + 1s});
  x.answered("a", std::string(11, 'x'), start + 30s);
  BOOST_TEST(x.kept("a", 1) == nullptr);
  BOOST_TEST(x.find("a")->problem == "it has 11 bytes, max_state_bytes is 10");
}

BOOST_AUTO_TEST_CASE(what_is_for_the_copy_that_stays_is_not_for_the_next_one) {
  hand_offs x{10};
  x.ask("a", {.attempt = 1, .merges = true, .until = start + 1s});
  x.answered("a", std::string{"state"}, start + 30s);
  BOOST_TEST(x.kept("a", 1) == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(hand_off_stories)

BOOST_AUTO_TEST_CASE(a_child_of_a_member_that_leaves_takes_its_state_along) {
  counted_to_three x;
  x.leave();
  BOOST_TEST(!x.sim.is_alive(0));
  BOOST_TEST(x.count() == 3u);
  BOOST_TEST(x.last_end() == "its member left, with its state");
  BOOST_TEST(x.is_well());
}

BOOST_AUTO_TEST_CASE(a_child_that_was_not_told_to_begins_anew) {
  auto sim = linked_members(3);
  auto id = id_on(sim, 0);
  sim.start_child(0, child(id));
  sim.run_for(100ms);
  sim.count(id);
  sim.drain(0);
  sim.run_for(5s);
  BOOST_TEST(sim.counted(id).value() == 0u);
  BOOST_TEST(sim.on(1).find(id)->last_end == "its member left");
}

BOOST_AUTO_TEST_CASE(a_child_of_a_member_that_died_begins_anew) {
  counted_to_three x;
  x.sim.kill(0);
  x.sim.run_for(10s);
  BOOST_TEST(x.count() == 0u);
  BOOST_TEST(x.last_end() == "its node ended");
  BOOST_TEST(x.is_well());
}

BOOST_AUTO_TEST_CASE(a_crash_does_not_bring_an_older_state_back) {
  counted_to_three x;
  x.leave();
  auto at = x.sim.runs_on(x.id).front();
  x.sim.count(x.id);
  x.sim.crash(at, x.id);
  x.sim.run_for(1s);
  BOOST_TEST(x.count() == 0u);
  BOOST_TEST(x.is_well());
}

BOOST_AUTO_TEST_CASE(who_gives_no_state_in_time_moves_without_it) {
  counted_to_three x;
  x.sim.factories["ok"].keeps_silent_percent = 100;
  x.leave(4s); // export_within is 5 s
  BOOST_TEST(x.sim.runs_on(x.id).size() == 1u);
  x.sim.run_for(3s);
  BOOST_TEST(x.count() == 0u);
  BOOST_TEST(x.last_end()
             == "its member left, without its state: it was not given in time");
  BOOST_TEST(x.is_well());
}

BOOST_AUTO_TEST_CASE(a_state_that_is_too_large_stays_behind) {
  counted_to_three x{3,
                     {.adjust = [](config& cfg) { cfg.max_state_bytes = 0; }}};
  x.leave();
  BOOST_TEST(x.count() == 0u);
  BOOST_TEST(x.last_end()
             == "its member left, without its state: it has 1 bytes, "
                "max_state_bytes is 0");
}

BOOST_AUTO_TEST_CASE(a_state_that_is_refused_is_told_of) {
  counted_to_three x;
  x.sim.factories["ok"].refuses_state_percent = 100;
  x.leave();
  BOOST_TEST(x.count() == 0u);
  BOOST_TEST(x.last_end() == "its member left, without its state: as told");
}

BOOST_AUTO_TEST_CASE(who_ends_while_it_is_asked_begins_anew) {
  counted_to_three x;
  x.sim.factories["ok"].keeps_silent_percent = 100;
  x.leave(100ms);
  BOOST_TEST(x.sim.crash(0, x.id));
  x.sim.run_for(2s);
  BOOST_TEST(x.count() == 0u);
  BOOST_TEST(x.last_end()
             == "its member left, without its state: it ended without it");
  BOOST_TEST(x.is_well());
}

BOOST_AUTO_TEST_CASE(who_is_terminated_while_it_is_asked_ends_at_once) {
  counted_to_three x;
  x.sim.factories["ok"].keeps_silent_percent = 100;
  x.leave(100ms);
  auto call = x.sim.terminate(1, x.id);
  x.sim.run_for(1s);
  BOOST_TEST(is_answered(x.sim, call));
  BOOST_TEST(x.sim.running().empty());
}

BOOST_AUTO_TEST_CASE(the_state_outlives_the_member_that_was_to_get_it) {
  counted_to_three x{4};
  x.sim.factories["ok"].shortest = x.sim.factories["ok"].longest = 1s;
  x.sim.drain(0);
  x.sim.run_for(300ms); // it is being started now
  auto next = x.sim.on(3).find(x.id)->member;
  for (std::size_t i = 1; i < 4; ++i)
    if (x.sim.member(i) == next)
      x.sim.kill(i);
  BOOST_TEST(x.sim.alive().size() == 3u);
  x.sim.run_for(10s);
  BOOST_TEST(x.count() == 3u);
  BOOST_TEST(!x.sim.is_alive(0)); // it waited, and has left
  BOOST_TEST(x.is_well());
}

BOOST_AUTO_TEST_CASE(without_the_member_that_keeps_the_state_it_begins_anew) {
  counted_to_three x{4};
  x.sim.factories["ok"].fails_percent = 0;
  x.sim.network.set_faults(
    {.lost_percent = 0, .repeated_percent = 0, .longest = 400ms});
  x.sim.drain(0);
  auto is_placed = [&] {
    for (std::size_t i = 1; i < 4; ++i)
      if (x.sim.on(i).find(x.id)->member != x.sim.member(0))
        return true;
    return false;
  };
  BOOST_REQUIRE(x.sim.run_while_not(is_placed, 5s));
  x.sim.kill(0);
  x.sim.network.set_faults({});
  x.sim.run_for(15s);
  BOOST_TEST(x.count() == 0u);
  BOOST_TEST(x.is_well());
}

BOOST_AUTO_TEST_CASE(a_factory_that_fails_gets_the_state_again) {
  counted_to_three x;
  x.sim.factories["ok"].fails_percent = 100;
  x.leave(0ms);
  x.sim.run_while_not([&] { return x.sim.starts_of(x.id) > 2; }, 5s);
  x.sim.factories["ok"].fails_percent = 0;
  x.sim.run_for(5s);
  BOOST_TEST(x.count() == 3u);
}

BOOST_AUTO_TEST_CASE(a_state_does_not_keep_a_child_in_quarantine) {
  counted_to_three x;
  x.sim.factories["ok"].fails_percent = 100;
  x.leave(3s);
  x.sim.factories["ok"].fails_percent = 0;
  x.sim.run_for(15s);
  BOOST_TEST(x.count() == 0u);
  BOOST_TEST(
    x.last_end().ends_with("without its state: it did not start with it"));
}

BOOST_AUTO_TEST_CASE(a_rebalance_moves_children_with_their_states_in_turn) {
  sim_members sim{1, 3, {.adjust = [](config& x) {
                    x.redistribution = redistribution::active;
                    x.max_hand_offs = 2;
                    x.max_moves = 8;
                  }}};
  sim.kill(2);
  sim.run_for(3s);
  for (int i = 0; i < 40; ++i)
    sim.start_child(0, counter("c" + std::to_string(i)));
  sim.run_for(1s);
  for (int i = 0; i < 40; ++i)
    for (int j = 0; j <= i; ++j)
      sim.count("c" + std::to_string(i));
  sim.restart(2);
  sim.run_for(10s);
  BOOST_TEST(sim.on(2).local_children() > 5u);
  for (std::uint64_t i = 0; i < 40; ++i)
    BOOST_TEST(sim.counted("c" + std::to_string(i)).value() == i + 1);
  BOOST_TEST(sim.violation() == "");
  BOOST_TEST(sim.disagreement() == "");
}

/// Two copies of one counter: the one of node 0 counted to 3, the other to 5.
sim_members two_copies(const std::string& id, bool merges) {
  auto sim = linked_members(2);
  auto spec = child(id);
  spec.merges = merges;
  sim.start_child(0, spec);
  sim.run_for(100ms);
  sim.cut(0, 1);
  sim.run_for(5s);
  BOOST_TEST(sim.runs_on(id).size() == 2u);
  for (int i = 0; i < 8; ++i)
    sim.count(id); // those of the first process
  return sim;
}

BOOST_AUTO_TEST_CASE(the_copy_that_ends_gives_its_state_to_the_other) {
  auto id = id_on(linked_members(2), 0);
  for (bool merges : {true, false}) {
    auto sim = two_copies(id, merges);
    sim.heal_all();
    sim.run_for(5s);
    auto count = sim.counted(id).value();
    // Who stays is not said here: of the other nothing is lost if it merges.
    BOOST_TEST((merges ? count == 8 : count == 8 || count == 0));
    BOOST_TEST(sim.moves_untold() == 0u);
    BOOST_TEST(sim.violation() == "");
    BOOST_TEST(sim.disagreement() == "");
  }
}

BOOST_AUTO_TEST_CASE(a_state_to_merge_comes_once_over_a_bad_network) {
  auto id = id_on(linked_members(2), 0);
  for (int i = 0; i < 20; ++i) {
    auto sim = two_copies(id, true);
    sim.network.set_faults({.lost_percent = 40,
                            .repeated_percent = 40,
                            .longest = 1ms * (1 + 10 * i)});
    sim.heal_all();
    sim.run_for(20s);
    BOOST_TEST(sim.counted(id).value() == 8u);
    BOOST_TEST(sim.moves_untold() == 0u);
  }
}

BOOST_AUTO_TEST_CASE(who_is_silent_when_copies_merge_just_ends) {
  auto id = id_on(linked_members(2), 0);
  auto sim = two_copies(id, true);
  sim.factories["ok"].keeps_silent_percent = 100;
  sim.heal_all();
  sim.run_for(10s);
  BOOST_TEST(sim.runs_on(id).size() == 1u);
  BOOST_TEST(sim.moves_untold() == 0u);
  BOOST_TEST(sim.disagreement() == "");
}

BOOST_AUTO_TEST_CASE(no_count_is_lost_while_members_only_come_and_leave) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    auto problem = run_hand_offs(seed);
    BOOST_TEST(problem == "", "seed " << seed << ": " << problem);
  }
}

BOOST_AUTO_TEST_SUITE_END()
