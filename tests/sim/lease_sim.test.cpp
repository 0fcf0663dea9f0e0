// SPDX-License-Identifier: MIT

#include "sim/lease_sim.hpp"

#include <boost/test/unit_test.hpp>

#include "sim/seed_range.hpp"

using namespace horde::sim;

BOOST_AUTO_TEST_SUITE(lease_sim_tests)

BOOST_AUTO_TEST_CASE(no_child_runs_twice_not_even_for_a_moment) {
  auto [first, count] = seeds_of(fewer_if_slow(300));
  std::size_t deaths = 0;
  std::uint64_t moves = 0;
  for (auto seed = first; seed < first + count; ++seed) {
    lease_sim sim{seed};
    auto problem = sim.run();
    BOOST_TEST(problem == "", "seed " << seed << ": " << problem);
    deaths += sim.deaths();
    moves += sim.moves();
  }
  BOOST_TEST_MESSAGE(deaths << " dead nodes, " << moves << " later starts");
  if (count > 20) {
    BOOST_TEST(deaths > count / 2);
    BOOST_TEST(moves > 5 * count);
  }
}

BOOST_AUTO_TEST_SUITE_END()
