// SPDX-License-Identifier: MIT
//
// Many seeds of `cluster_sim`: whatever happens, once it stops the views of all
// nodes are equal and true, within the promised times.

#include "sim/cluster_sim.hpp"

#include <cstdlib>
#include <string>

#include <boost/test/unit_test.hpp>

#include "sim/cluster_checks.hpp"

using namespace horde;
using namespace horde::sim;
using namespace std::chrono_literals;

namespace {

constexpr duration round_trips = 30ms; ///< of the network, several

/// All hosts started in a random tree.
struct tree : cluster_sim {
  tree(std::uint64_t seed, std::size_t size) : cluster_sim(seed, size) {
    for (host x = 0; x < size; ++x)
      start(x);
    for (host x = 1; x < size; ++x)
      connect(x, below(rng(), x));
  }
};

/// The same at rest.
struct formed : tree {
  formed(std::uint64_t seed, std::size_t size) : tree(seed, size) {
    run_for(10s);
  }
};

std::uint64_t run_chaos(std::uint64_t seed) {
  auto size = 2 + seed % 8;
  tree c{seed, size};
  if (seed % 4 != 0) // else chaos from the first moment
    c.run_for(10s);
  for (auto i = 0; i < 30; ++i) {
    c.disturb();
    auto pause = below(c.rng(), 4) == 0 ? 5000 : 50;
    c.run_for(1ms * below(c.rng(), pause));
  }
  calm_down(c);
  check(c, seed);
  return c.trace();
}

} // namespace

BOOST_AUTO_TEST_SUITE(cluster_sim_)

BOOST_AUTO_TEST_CASE(a_tree_of_nodes_becomes_a_full_mesh_and_then_is_silent) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    formed c{seed, 2 + seed % 8};
    check(c, seed);
    auto ups = c.hosts() * (c.hosts() - 1);
    BOOST_TEST(count(c, node_state::up, {}) == ups, "seed " << seed);
    BOOST_TEST(c.events().size() == ups, "seed " << seed);
    auto messages = c.messages(), dials = c.dials();
    auto datagrams = c.datagrams();
    c.run_for(60s);
    BOOST_TEST(c.messages() == messages, "seed " << seed);
    BOOST_TEST(c.dials() == dials, "seed " << seed);
    BOOST_TEST(c.datagrams() - datagrams == ups * 4 * 60, "seed " << seed);
  }
}

BOOST_AUTO_TEST_CASE(after_any_chaos_all_views_are_equal_and_true) {
  // HORDE_SEEDS: how many.
  const auto* given = std::getenv("HORDE_SEEDS");
  auto seeds = given ? std::stoull(given) : std::uint64_t{300};
  for (std::uint64_t seed = 1; seed <= seeds; ++seed)
    run_chaos(seed);
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_trace) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    BOOST_TEST(run_chaos(seed) == run_chaos(seed), "seed " << seed);
}

BOOST_AUTO_TEST_CASE(a_killed_node_is_down_everywhere_within_milliseconds) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    formed c{seed, 2 + seed % 8};
    auto dead = below(c.rng(), c.hosts());
    auto from = c.now();
    c.kill(dead);
    c.run_for(round_trips);
    BOOST_TEST(count(c, node_state::down, from) == c.hosts() - 1,
               "seed " << seed);
    check(c, seed);
  }
}

BOOST_AUTO_TEST_CASE(all_but_one_may_be_killed_at_once) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    formed c{seed, 2 + seed % 8};
    for (host x = 1; x < c.hosts(); ++x)
      c.kill(x);
    c.run_for(round_trips);
    BOOST_TEST(count(c, node_state::down, {}) == c.hosts() - 1,
               "seed " << seed);
    check(c, seed);
  }
}

BOOST_AUTO_TEST_CASE(a_node_that_was_cut_off_is_down_in_time_and_not_before) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    formed c{seed, 3 + seed % 7};
    auto lost = below(c.rng(), c.hosts());
    auto from = c.now();
    c.isolate(lost);
    c.run_for(cluster_config{}.down_after - 1ms);
    BOOST_TEST(count(c, node_state::down, from) == 0U, "seed " << seed);
    c.run_for(50ms + round_trips);
    auto downs = 2 * (c.hosts() - 1); // it gave up the others, too
    BOOST_TEST(count(c, node_state::down, from) == downs, "seed " << seed);
    c.heal_all();
    c.run_for(10s);
    BOOST_TEST(count(c, node_state::up, from) == downs, "seed " << seed);
    check(c, seed);
  }
}

BOOST_AUTO_TEST_CASE(one_bad_link_between_two_nodes_never_leads_to_down) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    formed c{seed, 3 + seed % 7};
    auto from = c.now();
    for (auto i = 0; i < 3; ++i) {
      c.break_link(0, 1);
      c.run_for(1ms * below(c.rng(), 30));
    }
    c.cut(0, 1);
    c.run_for(60s);
    BOOST_TEST(count(c, node_state::down, from) == 0U, "seed " << seed);
    BOOST_TEST((c.view(0).state_of(c.id(1)) == node_state::suspect),
               "seed " << seed);
    c.heal_all();
    c.run_for(10s);
    BOOST_TEST(count(c, node_state::down, from) == 0U, "seed " << seed);
    check(c, seed);
  }
}

BOOST_AUTO_TEST_CASE(a_node_behind_a_bad_link_that_dies_is_down_at_both_ends) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    formed c{seed, 3 + seed % 7};
    c.cut(0, 1);
    c.run_for(10s);
    auto from = c.now();
    c.kill(1);
    c.run_for(cluster_config{}.down_after + round_trips);
    BOOST_TEST(count(c, node_state::down, from) == c.hosts() - 1,
               "seed " << seed);
    check(c, seed);
  }
}

BOOST_AUTO_TEST_CASE(a_restarted_node_is_up_again_everywhere_at_once) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    formed c{seed, 2 + seed % 8};
    auto from = c.now();
    c.kill(0);
    c.run_for(1ms * below(c.rng(), 100));
    c.start(0);
    c.connect(0, 1);
    c.run_for(2 * round_trips);
    BOOST_TEST(count(c, node_state::down, from) == c.hosts() - 1,
               "seed " << seed);
    check(c, seed);
  }
}

BOOST_AUTO_TEST_CASE(a_goodbye_is_left_everywhere_without_suspicion) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    formed c{seed, 2 + seed % 8};
    auto from = c.now();
    c.say_goodbye(1);
    c.run_for(60s);
    BOOST_TEST(count(c, node_state::left, from) == c.hosts() - 1,
               "seed " << seed);
    BOOST_TEST(count(c, node_state::suspect, from) == 0U, "seed " << seed);
    check(c, seed);
    c.start(1);
    c.connect(1, 0);
    c.run_for(1s);
    BOOST_TEST(count(c, node_state::up, from) == 2 * (c.hosts() - 1),
               "seed " << seed);
    check(c, seed);
  }
}

// -- silence -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_stopped_node_is_down_within_three_seconds) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    formed c{seed, 2 + seed % 8};
    c.run_for(1ms * below(c.rng(), 1000));
    auto from = c.now();
    c.pause(0, 1h);
    c.run_for(2s);
    BOOST_TEST(count(c, node_state::down, from) == 0U, "seed " << seed);
    BOOST_TEST(count(c, node_state::suspect, from) == c.hosts() - 1,
               "seed " << seed);
    c.run_for(1s);
    BOOST_TEST(count(c, node_state::down, from) == c.hosts() - 1,
               "seed " << seed);
    for (const auto& text : c.faults())
      BOOST_ERROR("seed " << seed << ", " << text);
  }
}

BOOST_AUTO_TEST_CASE(a_pause_of_two_seconds_is_not_death) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    formed c{seed, 2 + seed % 8};
    c.run_for(1ms * below(c.rng(), 1000));
    auto from = c.now();
    c.pause(0, 2s);
    c.run_for(10s);
    BOOST_TEST(count(c, node_state::down, from) == 0U, "seed " << seed);
    BOOST_TEST(count(c, node_state::up, from) == c.hosts() - 1,
               "seed " << seed);
    check(c, seed);
  }
}

BOOST_AUTO_TEST_CASE(who_was_stopped_for_long_is_back_and_blames_nobody) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    formed c{seed, 2 + seed % 8};
    auto from = c.now();
    c.pause(0, 20s);
    c.run_for(21s);
    BOOST_TEST(count(c, node_state::down, from) == c.hosts() - 1,
               "seed " << seed);
    for (const auto& x : c.events())
      BOOST_TEST((x.by != 0 || x.event.what != node_state::down),
                 "seed " << seed);
    c.run_for(5s);
    check(c, seed);
  }
}

BOOST_AUTO_TEST_CASE(a_pulled_cable_is_down_in_time_and_up_when_plugged_in) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    formed c{seed, 2 + seed % 8};
    auto lost = below(c.rng(), c.hosts());
    auto from = c.now();
    c.mute_all_of(lost);
    c.run_for(2s);
    BOOST_TEST(count(c, node_state::down, from) == 0U, "seed " << seed);
    c.run_for(1s);
    auto downs = 2 * (c.hosts() - 1); // it gave up the others, too
    BOOST_TEST(count(c, node_state::down, from) == downs, "seed " << seed);
    c.run_for(1ms * below(c.rng(), 30'000));
    c.heal_all();
    c.run_for(10s);
    check(c, seed);
  }
}

BOOST_AUTO_TEST_CASE(one_mute_link_is_never_death_and_heals) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    formed c{seed, 3 + seed % 7};
    auto from = c.now();
    c.mute(0, 1);
    if (seed % 2 == 0)
      c.mute(1, 0);
    c.run_for(60s);
    BOOST_TEST(count(c, node_state::down, from) == 0U, "seed " << seed);
    BOOST_TEST((c.view(1).state_of(c.id(0)) == node_state::suspect),
               "seed " << seed);
    c.heal_all();
    c.run_for(10s);
    BOOST_TEST(count(c, node_state::down, from) == 0U, "seed " << seed);
    check(c, seed);
  }
}

BOOST_AUTO_TEST_CASE(a_node_behind_a_mute_link_that_is_stopped_is_down) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    formed c{seed, 3 + seed % 7};
    c.mute(0, 1);
    c.mute(1, 0);
    c.run_for(1ms * below(c.rng(), 20'000));
    auto from = c.now();
    c.pause(1, 1h);
    c.run_for(3s + round_trips);
    std::size_t downs = 0;
    for (const auto& x : c.events())
      downs += x.by != 1 && x.at >= from && x.event.who == c.id(1)
                   && x.event.what == node_state::down
                 ? 1
                 : 0;
    BOOST_TEST(downs == c.hosts() - 1, "seed " << seed);
  }
}

BOOST_AUTO_TEST_CASE(two_sides_of_a_silent_partition_give_each_other_up) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    formed c{seed, 5};
    auto from = c.now();
    for (host x : {0, 1})
      for (host y : {2, 3, 4}) {
        c.mute(x, y);
        c.mute(y, x);
      }
    c.run_for(3s);
    BOOST_TEST(count(c, node_state::down, from) == 12U, "seed " << seed);
    c.heal_all();
    c.run_for(10s);
    BOOST_TEST(count(c, node_state::up, from) == 12U, "seed " << seed);
    check(c, seed);
  }
}

BOOST_AUTO_TEST_CASE(lost_packets_are_not_death) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    formed c{seed, 2 + seed % 8};
    auto from = c.now();
    c.lose_packets(20);
    c.run_for(300s);
    BOOST_TEST(count(c, node_state::down, from) == 0U, "seed " << seed);
    c.lose_packets(0);
    c.run_for(5s);
    check(c, seed);
  }
}

BOOST_AUTO_TEST_CASE(what_is_said_first_on_a_link_may_be_late) {
  // Nobody else could say that the other one lives.
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    formed c{seed, 2};
    auto from = c.now();
    c.lose_packets(20);
    for (auto i = 0; i < 100; ++i) {
      c.break_link(0, 1);
      c.run_for(1min);
    }
    BOOST_TEST(count(c, node_state::down, from) == 0U, "seed " << seed);
    c.lose_packets(0);
    c.run_for(5s);
    check(c, seed);
  }
}

BOOST_AUTO_TEST_CASE(a_starved_node_is_not_dead_and_blames_nobody) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    formed c{seed, 2 + seed % 8};
    auto from = c.now();
    c.starve(0, 500ms);
    c.run_for(60s);
    BOOST_TEST(count(c, node_state::down, from) == 0U, "seed " << seed);
    c.starve(0, 0ms);
    c.run_for(3s);
    check(c, seed);
  }
}

BOOST_AUTO_TEST_CASE(without_datagrams_beats_go_over_links) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    tree c{seed, 2 + seed % 8};
    c.block_datagrams();
    c.run_for(10s);
    auto from = c.now();
    c.run_for(60s);
    BOOST_TEST(count(c, node_state::suspect, {}) == 0U, "seed " << seed);
    check(c, seed);
    c.pause(0, 1h);
    c.run_for(3s);
    BOOST_TEST(count(c, node_state::down, from) == c.hosts() - 1,
               "seed " << seed);
  }
}

BOOST_AUTO_TEST_SUITE_END()
