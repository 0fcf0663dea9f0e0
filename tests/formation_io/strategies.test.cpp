// SPDX-License-Identifier: MIT

#include <boost/test/unit_test.hpp>

#include "horde/actors/formation/strategies.hpp"

using namespace horde;
using namespace horde::formation;
using namespace std::chrono_literals;

namespace {

std::string problem(const outcome<topology>& x) {
  auto* why = std::get_if<failure>(&x);
  if (why == nullptr)
    return "";
  BOOST_TEST((why->code == errc::bad_option));
  return why->what;
}

} // namespace

BOOST_AUTO_TEST_SUITE(strategies_tests)

BOOST_AUTO_TEST_CASE(an_unknown_strategy_is_named) {
  BOOST_TEST(problem(read_topology("lan", {{"strategy", "gosip"}}))
               .starts_with("topology lan: strategy = 'gosip': takes one of "));
  BOOST_TEST(problem(read_topology("lan", {}))
               .starts_with("topology lan: strategy = '': takes one of "));
}

BOOST_AUTO_TEST_CASE(each_topology_has_a_name_a_strategy_and_sane_times) {
  auto make = [](const seeker&) { return strategy_ptr{}; };
  topology x{"lan", "custom", make};
  BOOST_TEST(!validate(x));
  x.interval = 1ms;
  BOOST_TEST(validate(x)->what == "topology lan: interval: takes 10ms to 24h");
  x = {"lan", "custom", make};
  x.jitter_percent = 101;
  BOOST_TEST(validate(x)->what
             == "topology lan: jitter: takes 0 to 100 percent");
  BOOST_TEST(validate({"lan", "custom", {}})->what
             == "topology lan: has no strategy");
  BOOST_TEST(validate({"", "custom", make})->what == "a topology has no name");
}

BOOST_AUTO_TEST_SUITE_END()
