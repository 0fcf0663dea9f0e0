// SPDX-License-Identifier: MIT

#include "sim/named_children_sim.hpp"

#include <boost/test/unit_test.hpp>

#include "sim/seed_range.hpp"

using namespace horde::sim;

BOOST_AUTO_TEST_SUITE(named_children_sim_tests)

BOOST_AUTO_TEST_CASE(each_child_runs_once_and_has_its_name_whatever_happens) {
  auto [first, count] = seeds_of(150);
  std::size_t named = 0;
  std::size_t inherited = 0;
  std::size_t evictions = 0;
  for (auto seed = first; seed < first + count; ++seed) {
    named_children_sim sim{seed};
    auto problem = sim.run();
    BOOST_TEST(problem == "", "seed " << seed << ": " << problem);
    named += sim.named();
    inherited += sim.inherited();
    evictions += sim.evictions();
  }
  BOOST_TEST_MESSAGE(named << " names, " << inherited << " from a copy, "
                           << evictions << " evictions");
  if (count >= 100) {
    BOOST_TEST(named > 5 * count);
    BOOST_TEST(inherited > count / 10);
    BOOST_TEST(evictions > count / 10);
  }
}

BOOST_AUTO_TEST_CASE(equal_seeds_make_equal_runs) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    named_children_sim a{seed};
    named_children_sim b{seed};
    a.run();
    b.run();
    BOOST_TEST(a.trace() == b.trace());
  }
}

BOOST_AUTO_TEST_SUITE_END()
