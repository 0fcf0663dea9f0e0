// SPDX-License-Identifier: MIT
//
// One holder a key at any time, over many seeds. A failing seed is printed;
// HORDE_SEED runs it alone, HORDE_SEEDS sets how many.

#include "sim/lock_sim.hpp"

#include <boost/test/unit_test.hpp>

#include "sim/seed_range.hpp"

using horde::sim::lock_sim;

BOOST_AUTO_TEST_SUITE(lock_simulation)

BOOST_AUTO_TEST_CASE(whatever_happens_a_key_has_one_holder_at_a_time) {
  auto [first, count] = horde::sim::seeds_of(1500);
  std::size_t grants = 0;
  std::size_t losses = 0;
  std::size_t restarts = 0;
  std::size_t list_changes = 0;
  for (auto seed = first; seed < first + count; ++seed) {
    lock_sim run{seed};
    auto problem = run.run();
    grants += run.grants();
    losses += run.losses();
    restarts += run.restarts();
    list_changes += run.list_changes();
    BOOST_TEST(problem.empty(), "HORDE_SEED=" << seed << ": " << problem);
  }
  BOOST_TEST_MESSAGE(grants << " grants, " << losses << " leases lost, "
                            << restarts << " restarts, " << list_changes
                            << " lists");
  // Not vacuous: locks were granted while things went wrong.
  if (count >= 100) {
    BOOST_TEST(grants > 20 * count);
    BOOST_TEST(losses > count);
    BOOST_TEST(restarts > count);
    BOOST_TEST(list_changes > count);
  }
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_run) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    lock_sim a{seed};
    lock_sim b{seed};
    a.run();
    b.run();
    BOOST_TEST(a.trace() == b.trace());
  }
}

BOOST_AUTO_TEST_SUITE_END()
