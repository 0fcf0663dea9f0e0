// SPDX-License-Identifier: MIT

#include "sim/scheduler_sim.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdlib>

using namespace horde::sim;

namespace {

/// HORDE_SEED runs one seed, HORDE_SEEDS as many as it says.
std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  auto text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

} // namespace

BOOST_AUTO_TEST_SUITE(scheduler_sim_tests)

BOOST_AUTO_TEST_CASE(no_child_is_lost_and_none_runs_twice_whatever_happens) {
  auto only = from_environment("HORDE_SEED", 0);
  auto first = only != 0 ? only : 1;
  auto last = only != 0 ? only : from_environment("HORDE_SEEDS", 320);
  std::size_t starts = 0;
  std::size_t deaths = 0;
  std::uint64_t renewals = 0;
  for (auto seed = first; seed <= last; ++seed) {
    scheduler_sim sim{seed};
    auto problem = sim.run();
    BOOST_TEST(problem == "", "seed " << seed << ": " << problem);
    starts += sim.acknowledged();
    deaths += sim.deaths();
    renewals += sim.renewals();
  }
  BOOST_TEST_MESSAGE(starts << " children, " << deaths << " dead nodes, "
                            << renewals << " members began anew");
  if (only == 0) {
    BOOST_TEST(starts > 3 * last);
    BOOST_TEST(deaths > last / 2);
    BOOST_TEST(renewals > last / 4);
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
