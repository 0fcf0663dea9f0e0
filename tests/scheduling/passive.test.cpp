// SPDX-License-Identifier: MIT
//
// Stories of children that stop when they are idle, and start again when they
// are asked for.

#include <boost/test/unit_test.hpp>

#include "scheduling/stories.hpp"

using namespace horde;
using namespace horde::scheduling;
using namespace horde::sim;
using namespace std::chrono_literals;

namespace {

/// A child of node 0 that has become passive.
struct one_passive {
  sim_members sim = linked_members(3);
  std::string id = id_on(sim, 0);

  explicit one_passive(restart when = restart::permanent) {
    sim.start_child(0, child(id, when));
    sim.run_for(100ms);
    sim.crash(0, id, supervision::exit_kind::passive);
    sim.run_for(1s);
  }

  child_state state(std::size_t seen_from = 1) const {
    return sim.on(seen_from).find(id)->state;
  }
  bool is_well() const {
    return sim.violation().empty() && sim.disagreement() == ""
           && sim.untold() == "";
  }
  std::vector<child_change> told(std::size_t node) const {
    std::vector<child_change> result;
    for (const auto& x : sim.events(node))
      result.push_back(x.what);
    return result;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(passive_stories)

BOOST_AUTO_TEST_CASE(a_passive_child_stays_wanted_and_is_not_restarted) {
  for (auto when :
       {restart::permanent, restart::transient, restart::temporary}) {
    one_passive x{when};
    x.sim.run_for(30s);
    BOOST_TEST((x.state() == child_state::passive));
    BOOST_TEST(x.sim.starts_of(x.id) == 1u);
    BOOST_TEST(x.sim.on(2).counts().passive == 1u);
    BOOST_TEST(x.sim.on(2).counts().specs == 1u);
    BOOST_TEST(x.sim.on(2).counts().active == 0u);
    BOOST_TEST(x.is_well());
  }
}

BOOST_AUTO_TEST_CASE(any_member_activates_it_and_who_asks_waits_for_it) {
  for (std::size_t node = 0; node < 3; ++node) {
    one_passive x;
    auto call = x.sim.activate(node, x.id);
    x.sim.run_for(1s);
    BOOST_TEST(
      (answer_of<started>(x.sim, call).pid == x.sim.on(1).find(x.id)->pid));
    BOOST_TEST(x.sim.starts_of(x.id) == 2u);
    BOOST_TEST(x.is_well());
    using enum child_change;
    BOOST_TEST(
      (x.told(2) == std::vector{child_change::started, passivated, activated}));
  }
}

BOOST_AUTO_TEST_CASE(what_runs_is_told_of_at_once_and_what_is_not_there_too) {
  one_passive x;
  auto first = x.sim.activate(1, x.id);
  auto second = x.sim.activate(2, x.id);
  x.sim.run_for(1s);
  auto third = x.sim.activate(0, x.id);
  auto nobody = x.sim.activate(0, "nobody");
  BOOST_TEST(is<started>(x.sim, first));
  BOOST_TEST(is<started>(x.sim, second));
  BOOST_TEST(is<started>(x.sim, third));
  BOOST_TEST((failure_of(x.sim, nobody).code == errc::not_found));
  BOOST_TEST(x.is_well());
}

BOOST_AUTO_TEST_CASE(a_start_of_its_id_activates_it) {
  one_passive x;
  auto call = x.sim.start_child(1, child(x.id));
  x.sim.run_for(1s);
  BOOST_TEST(bool(answer_of<already_started>(x.sim, call).pid));
  BOOST_TEST(x.sim.starts_of(x.id) == 2u);
  BOOST_TEST(x.is_well());
}

BOOST_AUTO_TEST_CASE(the_end_of_its_member_does_not_start_it) {
  for (bool dies : {false, true}) {
    one_passive x;
    if (dies)
      x.sim.kill(0);
    else
      x.sim.drain(0);
    x.sim.run_for(15s);
    BOOST_TEST(!x.sim.is_alive(0));
    BOOST_TEST((x.state() == child_state::passive));
    BOOST_TEST(x.sim.starts_of(x.id) == 1u);
    auto call = x.sim.activate(1, x.id);
    x.sim.run_for(1s);
    BOOST_TEST(is<started>(x.sim, call));
    BOOST_TEST(x.is_well());
  }
}

BOOST_AUTO_TEST_CASE(a_terminate_removes_it_at_once) {
  for (bool is_gone : {false, true}) {
    one_passive x;
    if (is_gone)
      x.sim.kill(0);
    x.sim.run_for(3s);
    auto call = x.sim.terminate(1, x.id);
    x.sim.run_for(200ms);
    BOOST_TEST(is_answered(x.sim, call));
    BOOST_TEST(x.sim.on(2).children().empty());
    BOOST_TEST(x.is_well());
  }
}

BOOST_AUTO_TEST_CASE(a_rebalance_leaves_it_where_it_is) {
  one_passive x;
  BOOST_TEST(x.sim.on(1).plan_rebalance().empty());
  x.sim.rebalance(1);
  x.sim.run_for(5s);
  BOOST_TEST(x.sim.starts_of(x.id) == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
