// SPDX-License-Identifier: MIT
//
// Stories of specs that each member runs a copy of, and of singletons.

#include <boost/test/unit_test.hpp>

#include "horde/placement/strategy_kind.hpp"
#include "scheduling/stories.hpp"
#include "support/memory_store.hpp"

using namespace horde;
using namespace horde::scheduling;
using namespace horde::sim;
using namespace std::chrono_literals;

namespace {

supervision::child_spec everywhere(std::string id, std::string args = {}) {
  auto result = child(std::move(id));
  result.scope = supervision::child_scope::each_member;
  result.args = std::move(args);
  return result;
}

/// Where copies of it run, once each.
std::set<std::size_t> copies(const sim_members& sim, const std::string& id) {
  std::set<std::size_t> result;
  std::size_t all = 0;
  for (std::size_t i = 0; i < sim.size(); ++i)
    for (auto at : sim.runs_on(supervision::copy_id(id, sim.member(i).node))) {
      BOOST_TEST(at == i);
      result.insert(at);
      ++all;
    }
  BOOST_TEST(all == result.size());
  return result;
}

using nodes = std::set<std::size_t>;

} // namespace

BOOST_AUTO_TEST_SUITE(copies_tests)

BOOST_AUTO_TEST_CASE(each_member_runs_one_and_new_ones_too) {
  sim_members sim{1, 4};
  sim.kill(3);
  sim.run_for(1s);
  auto call = sim.start_child(1, everywhere("a"));
  sim.run_for(100ms);
  BOOST_TEST(answer_of<started>(sim, call).id == "a");
  BOOST_TEST(!answer_of<started>(sim, call).pid);
  BOOST_TEST((copies(sim, "a") == nodes{0, 1, 2}));
  sim.restart(3);
  sim.run_for(1s);
  BOOST_TEST((copies(sim, "a") == nodes{0, 1, 2, 3}));
  for (auto i : sim.alive()) {
    BOOST_TEST(sim.on(i).counts().specs == 4u);
    BOOST_TEST(sim.on(i).counts().active == 4u);
    BOOST_TEST(sim.on(i).children().size() == 4u);
    BOOST_TEST(sim.on(i).children_after("", 9).size() == 4u);
    BOOST_TEST(is<already_started>(sim, sim.start_child(i, everywhere("a"))));
    BOOST_TEST(is<started>(sim, sim.find_or_start(i, everywhere("a"))));
  }
  BOOST_TEST(sim.disagreement() == "");
}

BOOST_AUTO_TEST_CASE(the_copy_of_a_lost_member_is_not_taken_over) {
  auto sim = linked_members(3);
  sim.start_child(0, everywhere("a"));
  sim.run_for(100ms);
  sim.kill(1);
  sim.run_for(10s);
  BOOST_TEST((copies(sim, "a") == nodes{0, 2}));
  BOOST_TEST(sim.on(0).counts().specs == 2u);
  sim.drain(2);
  sim.run_for(5s);
  BOOST_TEST((copies(sim, "a") == nodes{0}));
  BOOST_TEST(sim.on(0).counts().specs == 1u);
  sim.restart(1);
  sim.restart(2);
  sim.run_for(5s);
  BOOST_TEST((copies(sim, "a") == nodes{0, 1, 2}));
  BOOST_TEST(sim.disagreement() == "");
  BOOST_TEST(sim.untold() == "");
}

BOOST_AUTO_TEST_CASE(who_is_removed_ends_its_copy_and_gets_it_back) {
  auto sim = linked_members(3, {.mode = member_mode::dynamic});
  sim.start_child(0, everywhere("a"));
  sim.run_for(100ms);
  sim.set_members(0, {0, 2});
  sim.run_for(2s);
  BOOST_TEST((copies(sim, "a") == nodes{0, 2}));
  sim.set_members(0, {0, 1, 2});
  sim.run_for(2s);
  BOOST_TEST((copies(sim, "a") == nodes{0, 1, 2}));
  BOOST_TEST(sim.disagreement() == "");
}

BOOST_AUTO_TEST_CASE(a_terminate_ends_all_copies_and_waits_for_them) {
  auto sim = linked_members(3);
  sim.factories["ok"] = {.stops_within = 500ms};
  sim.start_child(0, everywhere("a"));
  sim.run_for(100ms);
  auto call = sim.terminate(1, "a");
  auto is_over = [&] { return is_answered(sim, call); };
  BOOST_REQUIRE(sim.run_while_not(is_over, 2s));
  BOOST_TEST(!sim.call(call).terminates.front().has_value());
  BOOST_TEST(sim.running().empty());
  sim.run_for(10s);
  BOOST_TEST(sim.running().empty());
  BOOST_TEST(sim.on(0).counts().specs == 0u);
  BOOST_TEST(!sim.on(0).find("a").has_value());
}

BOOST_AUTO_TEST_CASE(a_copy_that_crashes_or_is_terminated_is_back) {
  auto sim = linked_members(2);
  sim.start_child(0, everywhere("a"));
  sim.run_for(100ms);
  sim.crash(1, "a@node-1");
  sim.run_for(100ms);
  BOOST_TEST((copies(sim, "a") == nodes{0, 1}));
  BOOST_TEST(sim.on(0).find("a@node-1")->crashes == 1u);
  auto call = sim.terminate(0, "a@node-1");
  sim.run_for(1s);
  BOOST_TEST(!sim.call(call).terminates.front().has_value());
  BOOST_TEST((copies(sim, "a") == nodes{0, 1}));
  BOOST_TEST(sim.starts_of("a@node-1") == 3u);
  BOOST_TEST(sim.starts_of("a@node-0") == 1u);
  BOOST_TEST(sim.disagreement() == "");
}

BOOST_AUTO_TEST_CASE(only_members_that_fit_run_one) {
  auto sim = linked_members(3, {.adjust = [](config& x) {
                              if (x.roster.self.node != "node-1")
                                x.roster.traits.labels = {"gpu"};
                            }});
  auto spec = everywhere("a");
  spec.place.needs = {"gpu"};
  sim.start_child(1, spec);
  sim.run_for(1s);
  BOOST_TEST((copies(sim, "a") == nodes{0, 2}));
}

BOOST_AUTO_TEST_CASE(started_anew_with_another_spec_all_copies_change) {
  auto sim = linked_members(3);
  sim.factories["ok"] = {.stops_within = 300ms};
  sim.start_child(0, everywhere("a", "old"));
  sim.run_for(100ms);
  sim.terminate(0, "a");
  sim.start_child(0, everywhere("a", "new")); // the old ones still end
  sim.run_for(3s);
  BOOST_TEST((copies(sim, "a") == nodes{0, 1, 2}));
  for (std::size_t i = 0; i < 3; ++i)
    BOOST_TEST(sim.spec_of(supervision::copy_id("a", sim.member(i).node))->args
               == "new");
  BOOST_TEST(sim.disagreement() == "");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_started_is_told_and_tried_again) {
  auto sim = linked_members(1);
  sim.factories["ok"] = {.fails_percent = 100};
  sim.start_child(0, everywhere("a"));
  sim.run_for(12s);
  BOOST_TEST(sim.on(0).missing()
               == std::vector<std::string>{"a@node-0: as told"},
             boost::test_tools::per_element());
  BOOST_TEST(sim.starts_of("a@node-0") >= 2u);
  BOOST_TEST(sim.starts_of("a@node-0") < 5u);
  sim.factories["ok"] = {};
  sim.run_for(7s);
  BOOST_TEST((copies(sim, "a") == nodes{0}));
  BOOST_TEST(sim.on(0).missing().empty());
}

BOOST_AUTO_TEST_CASE(after_a_restart_of_all_each_runs_one_again) {
  std::map<std::string, std::shared_ptr<memory_store>> disks;
  auto sim = linked_members(3, {.adjust = [&](config& x) {
                              auto& disk = disks[x.roster.self.node];
                              if (!disk)
                                disk = std::make_shared<memory_store>();
                              x.store = disk;
                            }});
  sim.start_child(0, everywhere("a"));
  sim.run_for(1s);
  for (auto i : sim.alive())
    sim.kill(i);
  for (std::size_t i = 0; i < 3; ++i)
    sim.restart(i);
  sim.run_for(15s);
  BOOST_TEST((copies(sim, "a") == nodes{0, 1, 2}));
  BOOST_TEST(sim.disagreement() == "");
}

BOOST_AUTO_TEST_CASE(of_one_child_and_one_for_each_the_later_stays) {
  for (bool each_is_later : {true, false}) {
    auto sim = linked_members(2);
    sim.cut(0, 1);
    sim.run_for(3s);
    sim.start_child(0, each_is_later ? child("a") : everywhere("a"));
    sim.run_for(1s);
    sim.start_child(1, each_is_later ? everywhere("a") : child("a"));
    sim.run_for(1s);
    sim.heal_all();
    sim.run_for(15s);
    BOOST_TEST((copies(sim, "a") == (each_is_later ? nodes{0, 1} : nodes{})));
    BOOST_TEST(sim.runs_on("a").size() == (each_is_later ? 0u : 1u));
    BOOST_TEST(sim.disagreement() == "");
  }
}

BOOST_AUTO_TEST_CASE(no_plan_moves_a_copy) {
  auto sim = linked_members(3);
  sim.start_child(0, everywhere("a"));
  sim.run_for(1s);
  BOOST_TEST(sim.on(0).plan_without({"node-1"}, {}, true).empty());
}

BOOST_AUTO_TEST_CASE(specs_that_make_no_sense_are_refused) {
  auto sim = linked_members(1);
  auto refusal = [&](const supervision::child_spec& x) {
    auto problem = failure_of(sim, sim.start_child(0, x));
    BOOST_TEST((problem.code == errc::bad_child_spec));
    return problem.what;
  };
  auto spec = everywhere("a");
  spec.when = restart::transient;
  BOOST_TEST(refusal(spec)
             == "child spec 'a': one_per_node takes restart permanent");
  spec.when = restart::permanent;
  spec.singleton = true;
  BOOST_TEST(refusal(spec)
             == "child spec 'a': takes one_per_node or singleton, not both");
  BOOST_TEST(refusal(everywhere(std::string(513, 'a')))
               .find("id of one_per_node takes at most 512 bytes")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_singleton_needs_a_strategy_with_quorum) {
  for (auto kind :
       {placement::strategy_kind::uniform, placement::strategy_kind::quorum}) {
    auto sim = linked_members(3, {.adjust = [kind](config& x) {
                                x.make_strategy = placement::factory_of(kind);
                              }});
    auto spec = child("a");
    spec.singleton = true;
    auto call = sim.start_child(0, spec);
    sim.run_for(1s);
    if (kind == placement::strategy_kind::quorum) {
      BOOST_TEST(is<started>(sim, call));
      continue;
    }
    BOOST_TEST((failure_of(sim, call).code == errc::bad_child_spec));
    BOOST_TEST(failure_of(sim, call).what
               == "child spec 'a': singleton takes a strategy that needs "
                  "quorum; with 'uniform' both sides of a split run one");
  }
}

BOOST_AUTO_TEST_SUITE_END()
