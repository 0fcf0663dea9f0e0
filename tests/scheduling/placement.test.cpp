// SPDX-License-Identifier: MIT
//
// Stories of where children go: by each strategy, with constraints, and what
// becomes of those that fit nowhere.

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "horde/placement/strategy_kind.hpp"
#include "horde/scheduling/scheduler.hpp"
#include "scheduling/stories.hpp"

using namespace horde;
using namespace horde::scheduling;
using namespace horde::sim;
using namespace std::chrono_literals;
using placement::strategy_kind;

namespace {

constexpr strategy_kind all_kinds[] = {
  strategy_kind::uniform, strategy_kind::quorum, strategy_kind::random,
  strategy_kind::least_loaded, strategy_kind::rendezvous};

using traits_of_nodes = std::map<std::string, member_traits>;

/// Nodes are called node-0, node-1, ...
sim_members members_with(std::size_t n, strategy_kind kind,
                         traits_of_nodes traits = {}) {
  auto result = linked_members(
    n, {.adjust = [kind, traits = std::move(traits)](config& x) {
      x.make_strategy = placement::factory_of(kind);
      if (auto its = traits.find(x.roster.self.node); its != traits.end())
        x.roster.traits = its->second;
    }});
  // With quorum none of them may have forgotten what it promised.
  result.run_for(7s);
  return result;
}

supervision::child_spec child_at(const std::string& id, constraints place) {
  auto result = child(id);
  result.place = std::move(place);
  return result;
}

std::vector<std::size_t> shares(const sim_members& sim) {
  std::vector<std::size_t> result(sim.size());
  for (auto i : sim.alive())
    result[i] = sim.on(i).local_children();
  return result;
}

std::string problem_seen(const sim_members& sim, std::size_t node,
                         const std::string& id) {
  auto x = sim.on(node).find(id);
  return x ? x->problem : "not wanted";
}

} // namespace

BOOST_AUTO_TEST_SUITE(placement_stories)

BOOST_AUTO_TEST_CASE(with_each_strategy_all_children_survive_a_death) {
  for (auto kind : all_kinds)
    BOOST_TEST_CONTEXT(to_string(kind)) {
      auto sim = members_with(5, kind);
      for (int i = 0; i < 100; ++i)
        sim.start_child(static_cast<std::size_t>(i) % 5,
                        child("c" + std::to_string(i)));
      sim.run_for(1s);
      BOOST_TEST(sim.running().size() == 100u);
      for (auto share : shares(sim))
        BOOST_TEST(share > 5u);
      sim.kill(2);
      sim.run_for(kind == strategy_kind::quorum ? 7s : 3s); // the lease ends
      BOOST_TEST(sim.running().size() == 100u);
      BOOST_TEST(sim.disagreement() == "");
      BOOST_TEST(sim.violation() == "");
    }
}

BOOST_AUTO_TEST_CASE(with_each_strategy_who_leaves_hands_its_children_over) {
  for (auto kind : all_kinds)
    BOOST_TEST_CONTEXT(to_string(kind)) {
      auto sim = members_with(3, kind);
      for (int i = 0; i < 60; ++i)
        sim.start_child(0, child("c" + std::to_string(i)));
      sim.run_for(1s);
      sim.drain(1);
      sim.run_for(3s);
      BOOST_TEST(sim.running().size() == 60u);
      BOOST_TEST(sim.disagreement() == "");
    }
}

BOOST_AUTO_TEST_CASE(the_least_loaded_counts_what_is_on_its_way) {
  auto sim = members_with(3, strategy_kind::least_loaded);
  for (int i = 0; i < 99; ++i) // none of them is recorded when the last is sent
    sim.start_child(0, child("c" + std::to_string(i)));
  sim.run_for(1s);
  for (auto share : shares(sim))
    BOOST_TEST(share == 33u);
}

BOOST_AUTO_TEST_CASE(starts_that_failed_count_no_more) {
  auto sim = members_with(3, strategy_kind::least_loaded);
  sim.factories["broken"] = {.fails_percent = 100};
  for (int i = 0; i < 20; ++i) {
    auto spec = child("b" + std::to_string(i));
    spec.type = "broken";
    sim.start_child(0, std::move(spec));
  }
  sim.run_for(1s);
  for (int i = 0; i < 30; ++i)
    sim.start_child(0, child("c" + std::to_string(i)));
  sim.run_for(1s);
  for (auto share : shares(sim))
    BOOST_TEST(share == 10u);
}

BOOST_AUTO_TEST_CASE(twice_the_weight_gets_twice_the_children) {
  for (auto kind : {strategy_kind::uniform, strategy_kind::least_loaded}) {
    auto sim = members_with(3, kind, {{"node-1", {.weight = 200}}});
    for (int i = 0; i < 400; ++i)
      sim.start_child(0, child("c" + std::to_string(i)));
    sim.run_for(2s);
    auto share = shares(sim);
    BOOST_TEST_CONTEXT(to_string(kind)) {
      BOOST_TEST(share[0] + share[1] + share[2] == 400u);
      BOOST_TEST(share[1] > 160u);
      BOOST_TEST(share[1] < 240u);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_child_runs_only_where_the_labels_are) {
  for (auto kind : all_kinds)
    BOOST_TEST_CONTEXT(to_string(kind)) {
      auto sim = members_with(
        4, kind,
        {{"node-1", {.labels = {"ssd"}}}, {"node-2", {.labels = {"ssd"}}}});
      for (int i = 0; i < 20; ++i)
        sim.start_child(static_cast<std::size_t>(i) % 4,
                        child_at("c" + std::to_string(i), {.needs = {"ssd"}}));
      sim.run_for(1s);
      auto share = shares(sim);
      BOOST_TEST(share[1] + share[2] == 20u);
      sim.kill(1);
      sim.run_for(kind == strategy_kind::quorum ? 7s : 3s);
      BOOST_TEST(sim.on(2).local_children() == 20u);
      BOOST_TEST(sim.disagreement() == "");
      sim.drain(2); // nobody else may have them: they wait
      sim.run_for(8s);
      BOOST_TEST(sim.running().empty());
      BOOST_TEST(problem_seen(sim, 0, "c3")
                 == "no alive member may run 'c3': none has the label 'ssd'");
      sim.restart(2);
      sim.run_for(8s);
      BOOST_TEST(sim.on(2).local_children() == 20u);
      BOOST_TEST(problem_seen(sim, 0, "c3") == "");
      BOOST_TEST(sim.disagreement() == "");
    }
}

BOOST_AUTO_TEST_CASE(a_start_that_fits_nowhere_is_told_why_at_once) {
  auto sim = members_with(2, strategy_kind::uniform);
  auto call = sim.start_child(0, child_at("a", {.needs = {"gpu"}}));
  auto problem = failure_of(sim, call);
  BOOST_TEST((problem.code == errc::no_place));
  BOOST_TEST(problem.what
             == "no alive member may run 'a': none has the label 'gpu'");
  sim.run_for(1s);
  BOOST_TEST(!sim.on(0).find("a"));
}

BOOST_AUTO_TEST_CASE(children_of_a_group_go_to_different_members) {
  auto sim = members_with(3, strategy_kind::uniform);
  std::vector<std::size_t> calls;
  for (int i = 0; i < 4; ++i)
    calls.push_back(sim.start_child(
      0, child_at("g" + std::to_string(i), {.group = "db", .strict = true})));
  sim.run_for(1s);
  for (auto share : shares(sim))
    BOOST_TEST(share == 1u);
  BOOST_TEST((failure_of(sim, calls[3]).code == errc::no_place));

  // The one of a dead member waits for it, for it would be the second of two.
  sim.kill(1);
  sim.run_for(8s);
  BOOST_TEST(sim.running().size() == 2u);
  sim.restart(1);
  sim.run_for(8s);
  for (auto share : shares(sim))
    BOOST_TEST(share == 1u);
  BOOST_TEST(sim.disagreement() == "");

  // One less of the group makes room.
  sim.terminate(0, "g0");
  sim.run_for(1s);
  auto again =
    sim.start_child(0, child_at("g4", {.group = "db", .strict = true}));
  sim.run_for(1s);
  BOOST_TEST(is<started>(sim, again));
}

BOOST_AUTO_TEST_CASE(groups_that_are_not_strict_are_even) {
  auto sim = members_with(3, strategy_kind::uniform);
  for (int i = 0; i < 12; ++i)
    sim.start_child(0, child_at("g" + std::to_string(i), {.group = "web"}));
  sim.run_for(1s);
  for (auto share : shares(sim))
    BOOST_TEST(share == 4u);
  sim.kill(2);
  sim.run_for(3s);
  BOOST_TEST(sim.running().size() == 12u);
  BOOST_TEST(sim.disagreement() == "");
}

BOOST_AUTO_TEST_CASE(without_quorum_nothing_is_placed) {
  auto sim = members_with(5, strategy_kind::quorum);
  for (int i = 0; i < 50; ++i)
    sim.start_child(0, child("c" + std::to_string(i)));
  sim.run_for(1s);
  for (std::size_t i : {0, 1})
    for (std::size_t j : {2, 3, 4})
      sim.cut(i, j);
  sim.run_for(3s);
  auto lost = sim.start_child(0, child("new"));
  auto well = sim.start_child(3, child("other"));
  sim.run_for(1s);
  BOOST_TEST((failure_of(sim, lost).code == errc::quorum_not_met));
  BOOST_TEST(is<started>(sim, well));
  // Three of five run all of them; the other two run nothing.
  sim.run_for(4s);
  BOOST_TEST(sim.running().size() == 51u);
  std::size_t on_the_side_with_quorum = 0;
  for (std::size_t i : {2, 3, 4})
    on_the_side_with_quorum += sim.on(i).local_children();
  BOOST_TEST(on_the_side_with_quorum == 51u);
  sim.heal_all();
  sim.run_for(5s);
  BOOST_TEST(sim.running().size() == 51u);
  BOOST_TEST(sim.disagreement() == "");
}

BOOST_AUTO_TEST_CASE(a_plan_tells_where_a_child_would_go) {
  for (auto kind : {strategy_kind::uniform, strategy_kind::rendezvous,
                    strategy_kind::least_loaded}) {
    auto sim = members_with(4, kind, {{"node-3", {.labels = {"ssd"}}}});
    for (int i = 0; i < 10; ++i) {
      auto spec = child("c" + std::to_string(i));
      if (i == 9)
        spec.place.needs = {"ssd"};
      auto plan = std::get<placement::plan>(sim.on(0).plan(spec));
      sim.start_child(0, spec);
      sim.run_for(100ms);
      BOOST_REQUIRE(sim.runs_on(spec.id).size() == 1u);
      BOOST_TEST((plan.chosen == sim.member(sim.runs_on(spec.id).front())));
      BOOST_TEST(plan.members.size() == 4u);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_plan_of_a_child_there_is_does_not_count_it) {
  auto sim = members_with(2, strategy_kind::uniform);
  for (auto id : {"a", "b"})
    sim.start_child(0, child_at(id, {.group = "g", .strict = true}));
  sim.run_for(1s);
  auto plan = std::get<placement::plan>(sim.on(0).plan(by_id("a")));
  BOOST_TEST((plan.chosen == sim.member(sim.runs_on("a").front())));
  auto unknown = std::get<failure>(sim.on(0).plan(by_id("nobody")));
  BOOST_TEST((unknown.code == errc::not_found));
}

BOOST_AUTO_TEST_SUITE_END()
