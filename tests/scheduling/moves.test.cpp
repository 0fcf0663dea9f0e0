// SPDX-License-Identifier: MIT
//
// Stories of children that move though they run well.

#include <boost/test/unit_test.hpp>

#include "horde/placement/strategy_kind.hpp"
#include "horde/scheduling/move_queue.hpp"
#include "horde/scheduling/scheduler.hpp"
#include "scheduling/stories.hpp"

using namespace horde;
using namespace horde::scheduling;
using namespace horde::sim;
using namespace std::chrono_literals;
using placement::strategy_kind;

namespace {

/// Three members, all but node-2 started, with so many children.
sim_members two_of_three(int children, redistribution how,
                         strategy_kind kind = strategy_kind::uniform,
                         bool movable = true) {
  sim_members sim{1, 3, {.adjust = [=](config& x) {
                    x.redistribution = how;
                    x.make_strategy = placement::factory_of(kind);
                  }}};
  sim.kill(2);
  sim.run_for(3s);
  for (int i = 0; i < children; ++i) {
    auto spec = child("c" + std::to_string(i));
    spec.movable = movable;
    sim.start_child(0, std::move(spec));
  }
  sim.run_for(1s);
  return sim;
}

std::vector<planned_move> rebalance(sim_members& sim, std::size_t node) {
  auto plan = sim.on(node).plan_rebalance();
  sim.rebalance(node);
  return plan;
}

/// How many are elsewhere than the strategy says.
std::size_t misplaced(sim_members& sim) {
  std::size_t result = 0;
  for (const auto& x : sim.on(0).children()) {
    auto plan = std::get<placement::plan>(sim.on(0).plan(by_id(x.id)));
    result += plan.chosen == x.member ? 0 : 1;
  }
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(move_stories)

BOOST_AUTO_TEST_CASE(so_many_moves_are_under_way_at_most) {
  move_queue x{2};
  for (auto id : {"a", "b", "c"})
    x.add(id, {"workers", "ada"});
  BOOST_TEST(x.begin().size() == 2u);
  BOOST_TEST(x.begin().empty());
  BOOST_TEST((x.target("a") != nullptr));
  BOOST_TEST((x.target("c") == nullptr));
  x.end("a");
  BOOST_TEST((x.begin() == std::vector<std::string>{"c"}));
  x.add("c", {"workers", "bob"}); // it has begun
  BOOST_TEST(x.target("c")->node == "ada");
  x.end("b");
  x.end("c");
  BOOST_TEST(x.size() == 0u);
}

BOOST_AUTO_TEST_CASE(passive_members_leave_children_where_they_are) {
  auto sim = two_of_three(60, redistribution::passive);
  sim.restart(2);
  sim.run_for(10s);
  BOOST_TEST(sim.on(2).local_children() == 0u);
  for (int i = 0; i < 60; ++i)
    BOOST_TEST(sim.starts_of("c" + std::to_string(i)) == 1u);
}

BOOST_AUTO_TEST_CASE(active_members_give_newcomers_their_share) {
  for (auto kind : {strategy_kind::uniform, strategy_kind::rendezvous,
                    strategy_kind::least_loaded})
    BOOST_TEST_CONTEXT(to_string(kind)) {
      auto sim = two_of_three(60, redistribution::active, kind);
      sim.restart(2);
      sim.run_for(10s);
      BOOST_TEST(sim.on(2).local_children() > 10u);
      BOOST_TEST(misplaced(sim) == 0u);
      BOOST_TEST(sim.disagreement() == "");
      BOOST_TEST(sim.violation() == "");
      // Those that stay were not touched, the others moved once.
      std::uint64_t starts = 0;
      for (int i = 0; i < 60; ++i)
        starts += sim.starts_of("c" + std::to_string(i));
      BOOST_TEST(starts == 60 + sim.on(2).local_children());
    }
}

BOOST_AUTO_TEST_CASE(what_chance_chose_is_not_chosen_again) {
  auto sim = two_of_three(60, redistribution::active, strategy_kind::random);
  sim.restart(2);
  sim.run_for(10s);
  BOOST_TEST(sim.on(2).local_children() == 0u);
}

BOOST_AUTO_TEST_CASE(a_rebalance_moves_what_its_plan_says) {
  auto sim = two_of_three(60, redistribution::passive);
  sim.restart(2);
  sim.run_for(3s);
  auto plan = rebalance(sim, 1);
  BOOST_TEST(plan.size() > 10u);
  sim.run_for(5s);
  for (const auto& x : plan)
    BOOST_TEST((sim.on(0).find(x.id)->member == x.to));
  BOOST_TEST(sim.on(2).local_children() == plan.size());
  BOOST_TEST(sim.disagreement() == "");
  BOOST_TEST(sim.on(1).plan_rebalance().empty()); // once is enough
}

BOOST_AUTO_TEST_CASE(who_is_not_movable_or_temporary_stays) {
  auto sim =
    two_of_three(30, redistribution::passive, strategy_kind::uniform, false);
  for (int i = 0; i < 30; ++i)
    sim.start_child(0, child("t" + std::to_string(i), restart::temporary));
  sim.restart(2);
  sim.run_for(3s);
  BOOST_TEST(sim.on(0).plan_rebalance().empty());
  rebalance(sim, 0);
  sim.run_for(5s);
  BOOST_TEST(sim.running().size() == 60u);
  for (int i = 0; i < 30; ++i)
    BOOST_TEST(sim.starts_of("c" + std::to_string(i)) == 1u);
}

BOOST_AUTO_TEST_CASE(who_stops_slowly_holds_up_only_the_next_ones) {
  auto sim = two_of_three(60, redistribution::passive);
  sim.factories["ok"].stops_within = 500ms;
  sim.restart(2);
  sim.run_for(3s);
  auto plan = rebalance(sim, 0);
  for (int i = 0; i < 100; ++i) {
    sim.run_for(20ms);
    // At most 16 of each of two owners.
    BOOST_REQUIRE(sim.running().size() + 32 >= 60u);
  }
  sim.run_for(5s);
  BOOST_TEST(sim.on(2).local_children() == plan.size());
  BOOST_TEST(sim.disagreement() == "");
}

BOOST_AUTO_TEST_CASE(a_target_that_dies_meanwhile_gets_none) {
  auto sim = two_of_three(60, redistribution::passive);
  sim.factories["ok"].stops_within = 200ms;
  sim.restart(2);
  sim.run_for(3s);
  rebalance(sim, 0);
  sim.run_for(50ms);
  sim.kill(2);
  sim.run_for(10s);
  BOOST_TEST(sim.running().size() == 60u);
  BOOST_TEST(sim.disagreement() == "");
}

BOOST_AUTO_TEST_CASE(an_order_that_is_lost_moves_nothing) {
  auto sim = two_of_three(60, redistribution::passive);
  sim.restart(2);
  sim.run_for(3s);
  sim.cut(0, 1);
  rebalance(sim, 0);
  sim.run_for(200ms);
  sim.heal(0, 1);
  sim.run_for(10s);
  BOOST_TEST(sim.running().size() == 60u);
  BOOST_TEST(sim.disagreement() == "");
}

BOOST_AUTO_TEST_CASE(the_least_loaded_are_filled_until_all_are_even) {
  auto sim =
    two_of_three(60, redistribution::passive, strategy_kind::least_loaded);
  sim.restart(2);
  sim.run_for(3s);
  rebalance(sim, 0);
  sim.run_for(5s);
  for (std::size_t i : {0, 1, 2})
    BOOST_TEST(sim.on(i).local_children() == 20u);
}

BOOST_AUTO_TEST_CASE(a_plan_says_what_a_lost_node_would_move) {
  auto sim = linked_members(3);
  for (int i = 0; i < 60; ++i)
    sim.start_child(0, child("c" + std::to_string(i)));
  sim.run_for(1s);
  auto plan = sim.on(0).plan_without({"node-1"}, {}, false);
  BOOST_TEST(plan.size() == sim.on(1).local_children());
  sim.kill(1);
  sim.run_for(3s);
  for (const auto& x : plan)
    BOOST_TEST((sim.on(0).find(x.id)->member == x.to));
}

BOOST_AUTO_TEST_CASE(a_plan_says_who_could_run_nowhere) {
  auto sim = linked_members(2, {.adjust = [](config& x) {
                              if (x.roster.self.node == "node-1")
                                x.roster.traits.labels = {"ssd"};
                            }});
  auto spec = child("a");
  spec.place.needs = {"ssd"};
  sim.start_child(0, spec);
  sim.run_for(1s);
  auto plan = sim.on(0).plan_without({"node-1"}, {}, false);
  BOOST_REQUIRE(plan.size() == 1u);
  BOOST_TEST((plan[0].to == member_id{}));
  BOOST_TEST(plan[0].problem
             == "no alive member may run 'a': none has the label 'ssd'");
}

BOOST_AUTO_TEST_CASE(a_plan_says_what_a_new_node_would_get) {
  auto sim = linked_members(2);
  for (int i = 0; i < 60; ++i)
    sim.start_child(0, child("c" + std::to_string(i)));
  sim.run_for(1s);
  member_info more;
  more.who = {"workers", "node-9"};
  BOOST_TEST(sim.on(0).plan_without({}, {more}, false).empty());
  auto plan = sim.on(0).plan_without({}, {more}, true);
  BOOST_TEST(plan.size() > 10u);
  for (const auto& x : plan)
    BOOST_TEST((x.to == more.who));
}

BOOST_AUTO_TEST_SUITE_END()
