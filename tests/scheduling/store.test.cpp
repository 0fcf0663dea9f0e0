// SPDX-License-Identifier: MIT
//
// A supervisor whose only member is killed: with a store its children come
// back with the next life of the node, without one they do not.

#include <boost/test/unit_test.hpp>

#include "horde/scheduling/scheduler.hpp"
#include "support/memory_store.hpp"

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

BOOST_AUTO_TEST_SUITE_END()
