// SPDX-License-Identifier: MIT
//
// `cluster_sim` with many nodes: what is promised of few holds for 50 in all
// sorts of trouble and for 200 that come and go, and nothing that happens to
// one node costs a message for each pair of nodes.

#include "sim/cluster_sim.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

#include <boost/test/unit_test.hpp>

#include "sim/cluster_checks.hpp"

using namespace horde;
using namespace horde::sim;
using namespace std::chrono_literals;

namespace {

#ifdef HORDE_SMALL_TESTS
constexpr std::size_t many = 100;
constexpr std::uint64_t seeds = 2;
#else
constexpr std::size_t many = 200;
constexpr std::uint64_t seeds = 6;
#endif

/// All hosts but the last `spare` started, told of the first three.
struct seeded : cluster_sim {
  seeded(std::uint64_t seed, std::size_t size, std::size_t spare = 0)
      : cluster_sim(seed, size + spare) {
    for (host x = 0; x < size; ++x)
      start(x);
    for (host x = 1; x < size; ++x)
      for (host y = 0; y < std::min<host>(x, 3); ++y)
        connect(x, y);
    run_for(1200ms);
  }

  host any(bool alive) {
    for (;;)
      if (auto x = below(rng(), hosts()); is_alive(x) == alive)
        return x;
  }

  void join(host x) {
    start(x);
    for (auto i = 0; i < 2; ++i)
      if (auto y = any(true); y != x)
        connect(x, y);
  }

  /// One node dies, leaves, comes back or is new.
  void churn() {
    auto gone = all(false).size();
    if (gone == 0 || (gone < hosts() / 10 && below(rng(), 2) == 0))
      below(rng(), 3) == 0 ? say_goodbye(any(true)) : kill(any(true));
    else
      join(any(false));
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(cluster_scale)

// -- 50 nodes ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(fifty_nodes_are_equal_and_true_after_any_chaos) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    seeded c{seed, 50};
    for (auto i = 0; i < 30; ++i) {
      c.disturb();
      c.run_for(1ms * below(c.rng(), below(c.rng(), 4) == 0 ? 3000 : 50));
    }
    calm_down(c);
    check(c, seed);
  }
}

BOOST_AUTO_TEST_CASE(links_nodes_and_ways_that_flap_are_not_death) {
  for (std::uint64_t seed = 1; seed <= seeds / 2; ++seed) {
    seeded c{seed, 50};
    c.starve(3, 400ms);
    auto from = c.now();
    for (auto i = 0; i < 8; ++i) { // each for less than the time to die
      c.mute_all_of(1);
      c.mute(5, 6);
      c.cut(7, 8);
      c.pause(2, 2s);
      c.break_link(9, 10 + below(c.rng(), 40));
      c.run_for(500ms + 1ms * below(c.rng(), 1500));
      c.heal_all();
      c.run_for(2s);
    }
    BOOST_TEST(count(c, node_state::down, from) == 0U, "seed " << seed);
    c.starve(3, 0ms);
    c.run_for(12s);
    check(c, seed);
  }
}

BOOST_AUTO_TEST_CASE(cables_pulled_again_and_again_are_seen_each_time) {
  for (std::uint64_t seed = 1; seed <= seeds / 2; ++seed) {
    seeded c{seed, 50};
    auto lost = below(c.rng(), c.hosts());
    for (auto i = 0; i < 3; ++i) {
      auto from = c.now();
      c.mute_all_of(lost);
      c.run_for(3s);
      // It gives up the others, too.
      BOOST_TEST(count(c, node_state::down, from) == 2 * (c.hosts() - 1),
                 "seed " << seed);
      c.heal_all();
      c.run_for(7s);
      BOOST_TEST(count(c, node_state::up, from) == 2 * (c.hosts() - 1),
                 "seed " << seed);
    }
    check(c, seed);
  }
}

BOOST_AUTO_TEST_CASE(a_partition_of_fifty_is_seen_by_both_sides_and_heals) {
  for (std::uint64_t seed = 1; seed <= seeds / 2; ++seed) {
    seeded c{seed, 50};
    auto from = c.now();
    for (host x = 0; x < 20; ++x)
      for (host y = 20; y < 50; ++y)
        seed % 2 == 0 ? c.cut(x, y) : (c.mute(x, y), c.mute(y, x));
    c.run_for(3s);
    BOOST_TEST(count(c, node_state::down, from) == 2U * 20 * 30,
               "seed " << seed);
    c.heal_all();
    c.run_for(10s);
    BOOST_TEST(count(c, node_state::up, from) == 2U * 20 * 30, "seed " << seed);
    check(c, seed);
  }
}

// -- 200 nodes ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(two_hundred_nodes_are_stable_while_some_come_and_go) {
  // HORDE_SEEDS: how many. A seed takes some seconds.
  const auto* given = std::getenv("HORDE_SEEDS");
  auto wanted = given ? std::stoull(given) / 100 : seeds / 6;
  for (std::uint64_t seed = 1; seed <= std::max<std::uint64_t>(wanted, 1);
       ++seed) {
    seeded c{seed, many, 5};
    auto mesh = many * (many - 1);
    BOOST_TEST(count(c, node_state::up, {}) == mesh, "seed " << seed);
    BOOST_TEST(c.events().size() == mesh, "seed " << seed);
    // A join costs O(n) messages, and so does each of n nodes a death.
    BOOST_TEST(c.messages() < 8 * many * many, "seed " << seed);
    auto before = c.messages();
    c.join(many);
    c.run_for(500ms);
    BOOST_TEST(c.messages() - before < 20 * many, "seed " << seed);
    check(c, seed);
    before = c.messages();
    c.kill(7);
    c.run_for(500ms);
    BOOST_TEST(c.messages() - before < 4 * many * many, "seed " << seed);
    check(c, seed);
    for (auto i = 0; i < 10; ++i) {
      c.churn();
      c.run_for(1ms * below(c.rng(), 200));
    }
    c.run_for(3s);
    check(c, seed);
  }
}

BOOST_AUTO_TEST_SUITE_END()
