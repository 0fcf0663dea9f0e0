// SPDX-License-Identifier: MIT
//
// Guarantee G6 on real threads: user actors that block every thread of CAF's
// pool stop nothing of ours.

#include <future>
#include <latch>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "horde/horde.hpp"

using namespace horde;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 20s;

template <class F>
bool eventually(F done) {
  auto deadline = std::chrono::steady_clock::now() + patience;
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline)
      return false;
    std::this_thread::yield();
  }
  return true;
}

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
    node = *node::start(sys, std::move(settings));
    names = *registry::start(node, {.name = "names"});
    workers = *dynamic_supervisor::start(node, {.name = "workers"});
  }

  config cfg;
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
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
    auto probe = sys.spawn([this](caf::event_based_actor*) { ran_ = true; });
  }

  ~blocked_pool() { release_.set_value(); }

  bool holds() const { return !ran_; }

private:
  std::promise<void> release_;
  std::shared_future<void> released_ = release_.get_future().share();
  std::atomic<bool> ran_ = false;
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

BOOST_AUTO_TEST_SUITE_END()
