// SPDX-License-Identifier: MIT

#include "sim/replica_shrink.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "sim/replica_generator.hpp"
#include "sim/replica_sim.hpp"

using namespace horde::sim;

namespace {

std::string run(const scenario& x) {
  return replica_sim{x}.run();
}

/// Says that a start comes after a crash of the same member, with a write of
/// key 3 by another one in between.
std::string made_up_failure(const scenario& x) {
  auto state = 0;
  member_no crashed{};
  for (const auto& a : x.acts) {
    auto crash = std::get_if<acts::crash>(&a.what);
    auto put = std::get_if<acts::put>(&a.what);
    auto start = std::get_if<acts::start>(&a.what);
    if (crash && state == 0) {
      crashed = crash->who;
      state = 1;
    } else if (put && put->key == 3 && put->who != crashed && state == 1) {
      state = 2;
    } else if (start && start->who == crashed && state == 2) {
      return "made up";
    }
  }
  return {};
}

/// The first scenario of the generator that fails, with this rule broken.
scenario first_failure(mutation broken, const judge& f) {
  for (std::uint64_t seed = 1; seed < 1000; ++seed) {
    auto result = generate(seed);
    result.params.broken = static_cast<std::uint64_t>(broken);
    if (!f(result).empty())
      return result;
  }
  BOOST_FAIL("no scenario fails");
  return {};
}

} // namespace

BOOST_AUTO_TEST_SUITE(replica_scenarios)

BOOST_AUTO_TEST_CASE(a_scenario_survives_being_written_and_read) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    auto x = generate(seed);
    auto text = to_text(x);
    auto y = scenario_from("# a comment\n\n" + text);
    BOOST_REQUIRE(std::holds_alternative<scenario>(y));
    BOOST_TEST(to_text(std::get<scenario>(y)) == text);
    replica_sim a{x};
    replica_sim b{std::get<scenario>(y)};
    a.run();
    b.run();
    BOOST_TEST(a.trace() == b.trace());
  }
}

BOOST_AUTO_TEST_CASE(a_text_that_is_no_scenario_is_refused_with_its_line) {
  auto good = to_text(generate(1));
  for (const auto* line :
       {"at 5us put who=1", "at 99999999us vanish who=1",
        "at 99999999us crash who=x", "at 99999999us crash who=1 who=2",
        "at 0us crash who=1", "at 99999999 crash who=1",
        "at 99999999us crash who=64", "parameters members=1", "network seed=-1",
        "hello"}) {
    auto x = scenario_from(good + line + '\n');
    BOOST_REQUIRE(std::holds_alternative<std::string>(x));
    BOOST_TEST(std::get<std::string>(x).ends_with(line));
  }
  BOOST_TEST(std::holds_alternative<std::string>(scenario_from("")));
}

BOOST_AUTO_TEST_CASE(shrinking_keeps_nothing_that_does_not_matter) {
  auto big = first_failure(mutation::none, made_up_failure);
  auto x = shrink(big, made_up_failure);
  BOOST_TEST(x.problem == "made up");
  auto members = x.smallest.params.members; // 1, if the other one joined
  BOOST_TEST(members <= 2u);
  auto expected = [&](const std::string& dies, const std::string& writes) {
    return "replica scenario 4\nnetwork seed=" + std::to_string(big.seed)
           + "\nparameters members=" + std::to_string(members)
           + " keys=1 deep_levels=0 linked_percent=100 max_group_bytes=262144 "
             "max_group_keys=4096 "
             "max_asked_nodes=8192 max_probes=4 max_log_records=65536 "
             "stores=0 eras_apart=0 remembered_ms=0 healed_percent=100 "
             "reaches_all=0 broken=0\n"
             "at 0us crash who="
           + dies + "\nat 0us put who=" + writes
           + " key=3 seed=0\nat 0us start who=" + dies + "\n";
  };
  auto text = to_text(x.smallest); // which of the two is which: as it comes
  BOOST_TEST((text == expected("0", "1") || text == expected("1", "0")), text);
}

BOOST_AUTO_TEST_CASE(of_many_keys_those_are_left_that_matter) {
  scenario big{1, {}, {{0, acts::fill{{}, 100, 900, 5}}}};
  big.params.keys = 1200;
  auto judge = [](const scenario& x) -> std::string {
    for (const auto& a : x.acts)
      if (auto p = std::get_if<acts::fill>(&a.what))
        if (p->first <= 333 && 338 < p->first + p->count)
          return "made up";
    return {};
  };
  auto x = shrink(big, judge).smallest;
  BOOST_REQUIRE(x.acts.size() == 1u);
  auto fill = std::get<acts::fill>(x.acts[0].what);
  BOOST_TEST(fill.first == 333u);
  BOOST_TEST(fill.count == 6u);
  BOOST_TEST(fill.seed == 0u);
}

BOOST_AUTO_TEST_CASE(a_restart_that_keeps_its_id_is_noticed_and_explained) {
  auto big = first_failure(mutation::restart_keeps_id, run);
  auto x = shrink(big, run);
  BOOST_TEST_MESSAGE(x.problem << "\n" << to_text(x.smallest));
  BOOST_TEST(!x.problem.empty());
  BOOST_TEST(big.acts.size() > 40);
  // Write, crash, start, write again.
  BOOST_TEST(x.smallest.acts.size() <= 4);
  BOOST_TEST(x.smallest.params.members <= 2);
  BOOST_TEST(run(x.smallest) == x.problem);
  auto healthy = x.smallest;
  healthy.params.broken = 0;
  BOOST_TEST(run(healthy) == "");
}

BOOST_AUTO_TEST_SUITE_END()
