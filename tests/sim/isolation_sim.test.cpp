// SPDX-License-Identifier: MIT

#include "sim/isolation_sim.hpp"

#include <boost/test/unit_test.hpp>

#include "sim/seed_range.hpp"

using namespace horde::sim;

BOOST_AUTO_TEST_SUITE(isolation_sim_tests)

BOOST_AUTO_TEST_CASE(g6_no_child_delays_or_stops_another) {
  auto [first, count] = seeds_of(100);
  std::size_t good = 0;
  std::uint64_t bad = 0;
  for (auto seed = first; seed < first + count; ++seed) {
    isolation_sim sim{seed};
    auto problem = sim.run();
    BOOST_TEST(problem == "", "seed " << seed << ": " << problem);
    good += sim.good();
    bad += sim.bad_starts();
  }
  BOOST_TEST_MESSAGE(good << " good children, " << bad
                          << " starts of bad ones");
  BOOST_TEST(good > 15 * count);
  BOOST_TEST(bad > 50 * count);
}

BOOST_AUTO_TEST_SUITE_END()
