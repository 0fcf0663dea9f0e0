// SPDX-License-Identifier: MIT
//
// Concurrent versions of a key: which is shown, and who resolves them.

#include <boost/test/unit_test.hpp>

#include "support/replica_bench.hpp"

using namespace horde;
using namespace horde::sim;

BOOST_AUTO_TEST_SUITE(conflict_tests)

BOOST_AUTO_TEST_CASE(the_policy_says_which_version_is_shown) {
  for (auto policy :
       {sync::conflict_policy::last_wins, sync::conflict_policy::first_wins}) {
    sync::config cfg;
    cfg.conflicts = policy;
    replica_bench x{2, cfg};
    x.put(0, "k", "first");
    x.now.wall += std::chrono::seconds{1};
    x.put(1, "k", "last");
    x.connect_all();
    auto expected =
      policy == sync::conflict_policy::last_wins ? "last" : "first";
    BOOST_TEST(x.value(0, "k") == expected);
    BOOST_TEST(x.value(1, "k") == expected);
    BOOST_TEST(x[0].map().contended() == 1u);
  }
}

BOOST_AUTO_TEST_CASE(a_conflict_is_resolved_once_by_a_writer) {
  replica_bench x{4};
  int calls = 0;
  for (std::size_t i = 0; i < 4; ++i)
    x[i].resolve_with([&](std::string_view, auto versions) {
      ++calls;
      std::string result;
      for (const auto& v : versions)
        result += v.value;
      return result;
    });
  x.put(0, "k", "a");
  x.put(1, "k", "b");
  x.connect_all();
  BOOST_TEST(calls == 1);
  BOOST_TEST(x.all_equal());
  BOOST_TEST(x[3].map().contended() == 0u);
  BOOST_TEST(x.value(3, "k").size() == 2u);
}

BOOST_AUTO_TEST_CASE(if_the_one_who_should_resolve_is_gone_another_does) {
  replica_bench x{3};
  for (std::size_t i = 0; i < 2; ++i)
    x[i].resolve_with([](std::string_view, auto) { return "resolved"; });
  x.put(0, "k", "a");
  x.put(2, "k", "c"); // has no resolver
  x.connect_all();
  BOOST_TEST(x[0].map().contended() == 1u);
  x.down(0, 2);
  x.down(1, 2);
  x.run();
  BOOST_TEST(x.value(1, "k") == "resolved");
}

BOOST_AUTO_TEST_SUITE_END()
