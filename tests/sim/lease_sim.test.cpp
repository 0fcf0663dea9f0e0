// SPDX-License-Identifier: MIT

#include "sim/lease_sim.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdlib>

using namespace horde::sim;

namespace {

/// HORDE_SEED runs one seed, HORDE_LEASE_SEEDS as many as it says.
std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  auto text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

} // namespace

BOOST_AUTO_TEST_SUITE(lease_sim_tests)

BOOST_AUTO_TEST_CASE(no_child_runs_twice_not_even_for_a_moment) {
  auto only = from_environment("HORDE_SEED", 0);
  auto first = only != 0 ? only : 1;
  auto last = only != 0 ? only : from_environment("HORDE_LEASE_SEEDS", 300);
  std::size_t deaths = 0;
  std::uint64_t moves = 0;
  for (auto seed = first; seed <= last; ++seed) {
    lease_sim sim{seed};
    auto problem = sim.run();
    BOOST_TEST(problem == "", "seed " << seed << ": " << problem);
    deaths += sim.deaths();
    moves += sim.moves();
  }
  BOOST_TEST_MESSAGE(deaths << " dead nodes, " << moves << " later starts");
  if (only == 0) {
    BOOST_TEST(deaths > last / 2);
    BOOST_TEST(moves > 5 * last);
  }
}

BOOST_AUTO_TEST_SUITE_END()
