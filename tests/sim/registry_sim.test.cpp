// SPDX-License-Identifier: MIT
//
// G1 (converges), G3 (one owner per name) and G5 (read your writes) for the
// registry, over many seeds. A failing seed is printed; HORDE_SEED runs it
// alone, HORDE_SEEDS sets how many.

#include "sim/registry_sim.hpp"

#include <boost/test/unit_test.hpp>

#include "sim/seed_range.hpp"

using horde::sim::registry_sim;

BOOST_AUTO_TEST_SUITE(registry_simulation)

BOOST_AUTO_TEST_CASE(whatever_happens_each_name_has_one_owner_in_the_end) {
  auto [first, count] = horde::sim::seeds_of(500);
  std::size_t registered = 0;
  std::size_t evictions = 0;
  std::uint64_t renewals = 0;
  std::size_t removals = 0;
  for (auto seed = first; seed < first + count; ++seed) {
    registry_sim run{seed};
    auto problem = run.run();
    registered += run.registered();
    evictions += run.evictions();
    renewals += run.renewals();
    removals += run.removals();
    BOOST_TEST(problem.empty(), "HORDE_SEED=" << seed << ": " << problem);
  }
  BOOST_TEST_MESSAGE(
    registered << " names given, " << evictions << " conflicts, " << renewals
               << " members began anew, " << removals << " were removed");
  // Not vacuous: names were given, and the faults did make conflicts.
  BOOST_TEST(registered > 5 * count);
  if (count >= 100)
    BOOST_TEST(evictions > count);
  if (count >= 100)
    BOOST_TEST(renewals > count / 4);
  if (count >= 100)
    BOOST_TEST(removals > count / 8);
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_run) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    registry_sim a{seed};
    registry_sim b{seed};
    a.run();
    b.run();
    BOOST_TEST(a.trace() == b.trace());
  }
}

BOOST_AUTO_TEST_SUITE_END()
