// SPDX-License-Identifier: MIT
//
// Guarantee G6 on real threads: user actors that block every thread of CAF's
// pool stop nothing of ours.

#include <future>
#include <latch>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "horde/actors/node_context.hpp"
#include "horde/horde.hpp"
#include "support/eventually.hpp"

using namespace horde;
using namespace std::chrono_literals;
using horde::test::eventually;
using horde::test::patience;

namespace {

caf::behavior idle(caf::event_based_actor*) {
  return {[](int) {}};
}

struct machine {
  explicit machine(std::vector<endpoint> seeds = {}) {
    auto settings = cfg.defaults;
    settings.seeds = std::move(seeds);
    settings.child_types["idle"] = [](const child_start& x) -> child_outcome {
      return child_runs{x.sys.spawn(idle), {}};
    };
    settings.child_types["stuck"] =
      [this](const child_start&) -> child_outcome {
      released.wait();
      return child_ignored{};
    };
    settings.child_types["moody"] =
      [this](const child_start& x) -> child_outcome {
      if (++moody_calls > 1)
        released.wait();
      return child_runs{x.sys.spawn(idle), {}};
    };
    settings.child_types["named"] =
      [this](const child_start& x) -> child_outcome {
      auto child =
        x.sys.spawn([names = names](caf::event_based_actor*) -> caf::behavior {
          return {[names](int) { return names.count(); }};
        });
      std::ignore = names.register_name(child, x.id);
      return child_runs{child, {}};
    };
    node = *node::start(sys, std::move(settings));
    names = *registry::start(node, {.name = "names"});
    workers = *dynamic_supervisor::start(node, {.name = "workers"});
  }

  config cfg;
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  std::atomic<unsigned> moody_calls = 0;
  caf::actor_system sys{cfg};
  horde::node node;
  registry names;
  dynamic_supervisor workers;
};

/// Occupies every thread of the pool until it is destroyed.
class blocked_pool {
public:
  explicit blocked_pool(caf::actor_system& sys) {
    for (int i = 0; i < 64; ++i)
      sys.spawn(
        [released = released_](caf::event_based_actor*) { released.wait(); });
    sys.spawn([ran = ran_](caf::event_based_actor*) { *ran = true; });
  }

  ~blocked_pool() { release_.set_value(); }

  bool holds() const { return !*ran_; }

private:
  std::promise<void> release_;
  std::shared_future<void> released_ = release_.get_future().share();
  /// The probe runs when this is gone.
  std::shared_ptr<std::atomic<bool>> ran_ =
    std::make_shared<std::atomic<bool>>(false);
};

} // namespace

BOOST_AUTO_TEST_SUITE(isolation)

BOOST_AUTO_TEST_CASE(
  a_blocked_pool_stops_no_registration_lookup_start_or_node) {
  machine a;
  machine b{{a.node.at()}};
  caf::scoped_actor self{a.sys};
  {
    blocked_pool block_a{a.sys};
    blocked_pool block_b{b.sys};
    // The nodes find each other, members appear, deltas flow.
    BOOST_TEST(a.node.wait_for_nodes(2, patience));
    BOOST_TEST(eventually([&] {
      return b.workers.members().members.size() == 2
             && a.workers.members().members.size() == 2;
    }));
    BOOST_TEST(
      bool(a.names.register_name(caf::actor_cast<caf::actor>(self), "me")));
    BOOST_TEST(eventually([&] { return b.names.whereis("me").has_value(); }));
    for (int i = 0; i < 20; ++i)
      BOOST_TEST(bool(b.workers.start_child(
        {.id = "c" + std::to_string(i), .type = "idle"})));
    BOOST_TEST(
      eventually([&] { return a.workers.count_children().active == 20u; }));
    BOOST_TEST(block_a.holds());
    BOOST_TEST(block_b.holds());
  }
  b.node.stop();
  a.node.stop();
}

BOOST_AUTO_TEST_CASE(a_factory_that_hangs_delays_no_other_start_and_times_out) {
  machine a;
  child_spec stuck;
  stuck.id = "stuck";
  stuck.type = "stuck";
  stuck.restart = restart::temporary;
  stuck.start_timeout = 200ms;
  auto late = std::async(std::launch::async,
                         [&] { return a.workers.start_child(stuck); });
  for (int i = 0; i < 20; ++i)
    BOOST_TEST(bool(
      a.workers.start_child({.id = "c" + std::to_string(i), .type = "idle"})));
  auto result = late.get();
  BOOST_REQUIRE(!result);
  BOOST_TEST((code_of(result.error()) == errc::timeout));
  a.release.set_value();
  a.node.stop();
}

BOOST_AUTO_TEST_CASE(a_child_whose_factory_hangs_takes_one_thread_not_all) {
  machine a;
  auto started = a.workers.start_child(
    {.id = "moody", .type = "moody", .start_timeout = 20ms});
  BOOST_REQUIRE(bool(started));
  auto child = a.node.context()->processes.find(started->who.actor);
  horde::deliver(
    nullptr, child,
    caf::make_message(caf::exit_msg{{}, caf::exit_reason::user_shutdown}));
  child = nullptr;
  // It is started again and again, and given up.
  BOOST_TEST(eventually([&] { return a.workers.status().quarantined == 1u; }));
  BOOST_TEST(a.moody_calls == 2u);
  a.release.set_value();
  a.node.stop();
}

BOOST_AUTO_TEST_CASE(who_waits_for_a_start_is_answered_when_the_node_stops) {
  machine a;
  auto waiting = std::async(std::launch::async, [&] {
    return a.workers.start_child({.id = "stuck", .type = "stuck"});
  });
  BOOST_TEST(
    eventually([&] { return a.workers.status().local_children == 1u; }));
  a.node.stop(duration{0});
  auto answer = waiting.get();
  BOOST_REQUIRE(!answer);
  BOOST_TEST((code_of(answer.error()) == errc::shutting_down));
  auto late = a.workers.start_child({.id = "late", .type = "idle"});
  BOOST_REQUIRE(!late);
  BOOST_TEST((code_of(late.error()) == errc::shutting_down));
  a.release.set_value();
}

// Its children end after the members, and each holds the registry that knows
// it: nobody may keep the other.
BOOST_AUTO_TEST_CASE(children_that_end_after_their_node_keep_nothing_alive) {
  auto a = std::make_unique<machine>();
  BOOST_REQUIRE(bool(a->workers.start_child({.id = "c", .type = "named"})));
  BOOST_TEST(a->names.whereis("c").has_value());
  auto pool = std::make_unique<blocked_pool>(a->sys);
  a->node.stop(duration{0});
  a->names = {};
  a->workers = {};
  a->node = {};
  pool.reset();
  // Fails by the time limit of the test program: CAF waits without one.
  a.reset();
}

BOOST_AUTO_TEST_CASE(a_node_runs_one_horde_of_a_name_and_none_after_its_stop) {
  machine a;
  auto twice = registry::start(a.node, {.name = "workers"});
  BOOST_REQUIRE(!twice);
  BOOST_TEST((code_of(twice.error()) == errc::bad_option));
  a.node.stop();
  auto late = registry::start(a.node, {.name = "more"});
  BOOST_REQUIRE(!late);
  BOOST_TEST((code_of(late.error()) == errc::shutting_down));
}

BOOST_AUTO_TEST_SUITE_END()
