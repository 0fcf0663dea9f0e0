// SPDX-License-Identifier: MIT
//
// A supervisor whose members are all killed: with stores its children come back
// with the next lives of the nodes, without them they do not.

#include <map>

#include <boost/test/unit_test.hpp>

#include "horde/scheduling/scheduler.hpp"
#include "support/memory_store.hpp"
#include "support/sim_members.hpp"

using namespace horde;
using namespace horde::scheduling;
using namespace std::chrono_literals;

namespace {

/// One life of the only node.
struct life {
  moment now;
  scheduler core;

  life(std::uint64_t number, std::shared_ptr<sync::storage> store)
      : now{instant{1h * number}, wall_time{1h * number}},
        core{config_of(number, std::move(store)), replica_id{number}, number} {
    BOOST_TEST(!core.restore(now));
    perform(core.start(now));
  }

  static config config_of(std::uint64_t number,
                          std::shared_ptr<sync::storage> store) {
    config result;
    result.roster.node = {"node", {number, number}};
    result.roster.self = {"horde", "node"};
    result.store = std::move(store);
    return result;
  }

  /// Every factory works at once.
  void perform(effects todo) {
    for (const auto& x : todo)
      if (auto start = std::get_if<scheduling::start_child>(&x))
        perform(core.child_started(start->start, start->start, "", now));
  }

  void run_for(duration x) {
    auto end = now.at + x;
    while (now.at < end) {
      auto step =
        std::min(end, std::max(core.wake_at(), now.at + 1ms)) - now.at;
      now.at += step;
      now.wall += step;
      perform(core.tick(now));
    }
  }

  void start_child(const std::string& id) {
    supervision::child_spec spec;
    spec.id = id;
    spec.type = "worker";
    perform(core.start_child(1, spec, now));
  }
};

/// Members with a store each.
struct stored_members {
  std::map<std::string, std::shared_ptr<sim::memory_store>> disks;
  sim::sim_members sim;

  stored_members(std::uint64_t seed, std::size_t n) : sim(seed, n, config()) {
    sim.run_for(1s);
  }

  sim::sim_config config() {
    sim::sim_config result;
    result.tells_of_the_dead = false;
    result.adjust = [this](scheduling::config& cfg) {
      auto& disk = disks[cfg.roster.self.node];
      if (!disk)
        disk = std::make_shared<sim::memory_store>();
      cfg.store = disk;
      cfg.sync.max_group_keys = 2; // news come piece by piece
    };
    return result;
  }

  using places = std::map<std::string, std::size_t>;

  /// Not only where the ring says.
  places start_children_anywhere() {
    sim.kill(2);
    sim.run_for(5s);
    auto result = start_children("old", 60);
    sim.restart(2);
    sim.run_for(5s);
    result.merge(start_children("new", 60));
    return result;
  }

  void restart_all(duration pause) {
    for (std::size_t i = 0; i < sim.size(); ++i)
      sim.kill(i);
    for (std::size_t i = 0; i < sim.size(); ++i) {
      sim.restart(i);
      sim.run_for(pause);
    }
  }

  void check_nothing_moved(const places& before) {
    for (const auto& [id, node] : before) {
      BOOST_TEST((sim.runs_on(id) == std::vector{node}));
      BOOST_TEST(sim.starts_of(id) == 2u);
    }
    BOOST_TEST(sim.violation() == "");
  }

  /// Where each runs.
  places start_children(const std::string& name, std::size_t n) {
    places result;
    for (std::size_t i = 0; i < n; ++i)
      result[name + std::to_string(i)];
    for (const auto& [id, node] : result)
      sim.start_child(0, sim::child(id));
    sim.run_for(2s);
    for (auto& [id, node] : result) {
      BOOST_REQUIRE(sim.runs_on(id).size() == 1u);
      node = sim.runs_on(id).front();
    }
    return result;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(scheduler_store)

BOOST_AUTO_TEST_CASE(children_come_back_with_the_next_life_of_the_only_member) {
  auto disk = std::make_shared<sim::memory_store>();
  {
    life first{1, disk};
    for (int i = 0; i < 5; ++i)
      first.start_child("c" + std::to_string(i));
    first.perform(first.core.terminate_child(2, "c3", first.now));
    first.run_for(1s);
    first.run_for(1s);
  }
  life second{2, disk};
  second.run_for(30s);
  BOOST_TEST(second.core.local_children() == 4u);
  BOOST_TEST(!second.core.find("c3"));
  BOOST_REQUIRE(second.core.find("c4"));
  BOOST_TEST(second.core.find("c4")->pid.node.started == 2u);
  life third{3, disk};
  third.run_for(30s);
  BOOST_TEST(third.core.local_children() == 4u);
}

BOOST_AUTO_TEST_CASE(without_a_store_they_do_not) {
  {
    life first{1, nullptr};
    first.start_child("c");
    BOOST_TEST(first.core.local_children() == 1u);
  }
  life second{2, nullptr};
  second.run_for(30s);
  BOOST_TEST(second.core.local_children() == 0u);
}

BOOST_AUTO_TEST_CASE(
  all_are_killed_and_return_each_child_where_it_was_and_once) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    stored_members all{seed, 3};
    auto& sim = all.sim;
    auto before = all.start_children_anywhere();
    all.restart_all(500us * seed);
    BOOST_TEST_CONTEXT("seed " << seed) {
      BOOST_TEST(
        sim.run_while_not([&] { return sim.disagreement().empty(); }, 1s));
      all.check_nothing_moved(before);
    }
  }
}

BOOST_AUTO_TEST_CASE(also_where_two_of_them_cannot_talk_to_each_other) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    stored_members all{seed, 3};
    auto& sim = all.sim;
    auto before = all.start_children_anywhere();
    sim.cut(0, 2);
    all.restart_all(500us * seed);
    sim.run_for(2s);
    BOOST_TEST_CONTEXT("seed " << seed)
    all.check_nothing_moved(before);
  }
}

BOOST_AUTO_TEST_CASE(
  children_of_members_that_never_return_run_on_those_that_do) {
  stored_members all{7, 3};
  auto& sim = all.sim;
  all.start_children("c", 60);
  for (std::size_t i = 0; i < 3; ++i)
    sim.kill(i);
  sim.restart(0);
  sim.run_for(5s);
  BOOST_TEST(sim.running().size() < 60u); // the others may be on their way
  all.disks.clear();
  sim.restart(2); // without its store: knows the dead from the first only
  sim.run_for(20s);
  BOOST_TEST(sim.running().size() == 60u);
  BOOST_TEST(sim.disagreement() == "");
  sim.restart(1);
  sim.run_for(20s);
  BOOST_TEST(sim.running().size() == 60u);
  BOOST_TEST(sim.disagreement() == "");
}

BOOST_AUTO_TEST_SUITE_END()
