// SPDX-License-Identifier: MIT

#include "sim/scheduler_sim.hpp"

#include <boost/test/unit_test.hpp>

#include "sim/seed_range.hpp"

using namespace horde::sim;

BOOST_AUTO_TEST_SUITE(scheduler_sim_tests)

BOOST_AUTO_TEST_CASE(g2_g4_g5_no_child_is_lost_or_doubled_whatever_happens) {
  auto [first, count] = seeds_of(fewer_if_slow(320));
  std::size_t starts = 0;
  std::size_t deaths = 0;
  std::uint64_t renewals = 0;
  for (auto seed = first; seed < first + count; ++seed) {
    scheduler_sim sim{seed};
    auto problem = sim.run();
    BOOST_TEST(problem == "", "seed " << seed << ": " << problem);
    starts += sim.acknowledged();
    deaths += sim.deaths();
    renewals += sim.renewals();
  }
  BOOST_TEST_MESSAGE(starts << " children, " << deaths << " dead nodes, "
                            << renewals << " members began anew");
  if (count >= 100) {
    BOOST_TEST(starts > 3 * count);
    BOOST_TEST(deaths > count / 2);
    BOOST_TEST(renewals > count / 4);
  }
}

BOOST_AUTO_TEST_CASE(equal_seeds_make_equal_runs) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    scheduler_sim a{seed};
    scheduler_sim b{seed};
    a.run();
    b.run();
    BOOST_TEST(a.trace() == b.trace());
  }
}

BOOST_AUTO_TEST_SUITE_END()
