// SPDX-License-Identifier: MIT
//
// G1 (converges) and G2 (nothing acknowledged is lost), over many seeds. A
// failing seed is printed; HORDE_SEED runs it alone, HORDE_SEEDS sets how many.
// `horde_sim` runs more of them and makes a failing one small (README.md).

#include "sim/replica_sim.hpp"

#include <boost/test/unit_test.hpp>

#include "sim/replica_generator.hpp"
#include "sim/seed_range.hpp"

using namespace horde::sim;

BOOST_AUTO_TEST_SUITE(replica_simulation)

BOOST_AUTO_TEST_CASE(whatever_happens_replicas_become_equal_and_lose_nothing) {
  auto [first, count] = horde::sim::seeds_of(HORDE_SIM_SEEDS);
  std::uint64_t reconciliations = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t crashes = 0;
  std::uint64_t renewals = 0;
  replica_census::counts census;
  forgetting_census::counts forgetting;
  for (auto seed = first; seed < first + count; ++seed) {
    replica_sim run{generate(seed)};
    replica_census counted;
    run.count_with(counted);
    forgetting_census forgets;
    run.count_with(forgets);
    auto problem = run.run();
    reconciliations += run.reconciliations();
    acknowledged += run.acknowledged();
    crashes += run.crashes();
    renewals += run.renewals();
    census += counted.result();
    forgetting += forgets.result();
    BOOST_REQUIRE_MESSAGE(problem.empty(),
                          "HORDE_SEED=" << seed << ": " << problem
                                        << "; make it small: horde_sim --from "
                                        << seed << " --seeds 1");
  }
  BOOST_TEST_MESSAGE(reconciliations << " reconciliations, " << acknowledged
                                     << " acknowledgements, " << crashes
                                     << " crashes, " << renewals
                                     << " began anew");
  BOOST_TEST_MESSAGE(to_text(census));
  BOOST_TEST_MESSAGE(to_text(forgetting));
  BOOST_TEST(forgetting.renewals() == renewals);
  if (count == 1)
    return;
  // Not vacuous: the faults did make replicas differ.
  BOOST_TEST(reconciliations > count);
  BOOST_TEST(acknowledged > 50 * count);
  BOOST_TEST(crashes > count / 2);
  BOOST_TEST(renewals > count / 5);
  // Below the root of the digest tree, too.
  BOOST_TEST(census.reached[4] > count);
  BOOST_TEST(census.reached[6] > count / 10);
  BOOST_TEST(census.cut_off[2] > count);
  BOOST_TEST(census.left_out[4] > count / 2);
  BOOST_TEST(census.repeated > count / 2);
  BOOST_TEST(census.at_once > count);
  // And to all that forgetting leads to, but for the rarest of it.
  if (count < 2000)
    return;
  horde::for_each_field(forgetting, [](const char* path, std::uint64_t n) {
    BOOST_TEST(n > 0u, "nothing gets to " << path);
  });
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_run) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    replica_sim a{generate(seed)};
    replica_sim b{generate(seed)};
    a.run();
    b.run();
    BOOST_TEST(a.trace() == b.trace());
  }
}

BOOST_AUTO_TEST_SUITE_END()
