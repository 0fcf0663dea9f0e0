// SPDX-License-Identifier: MIT

#include "horde/membership/backoff.hpp"

#include <boost/test/unit_test.hpp>

using namespace horde;
using namespace horde::membership;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(backoff)

BOOST_AUTO_TEST_CASE(the_wait_doubles_up_to_its_limit) {
  random_engine rng{1};
  backoff_config cfg{100ms, 5s, 0};
  auto wait = [&](unsigned failures) {
    return backoff_delay(cfg, failures, rng);
  };
  BOOST_TEST((wait(0) == 0ms));
  BOOST_TEST((wait(1) == 100ms));
  BOOST_TEST((wait(2) == 200ms));
  BOOST_TEST((wait(6) == 3200ms));
  BOOST_TEST((wait(7) == 5s));
  BOOST_TEST((wait(4'000'000'000) == 5s));
}

BOOST_AUTO_TEST_CASE(jitter_stays_within_its_percentage_and_differs) {
  random_engine rng{1};
  auto least = duration::max(), most = duration::min();
  for (auto i = 0; i < 1000; ++i) {
    auto wait = backoff_delay({100ms, 5s, 20}, 3, rng);
    least = std::min(least, wait);
    most = std::max(most, wait);
  }
  BOOST_TEST((least >= 320ms && least < 330ms));
  BOOST_TEST((most < 480ms && most > 470ms));
}

BOOST_AUTO_TEST_CASE(a_wait_after_a_failure_is_never_zero) {
  random_engine rng{1};
  BOOST_TEST((backoff_delay({0ms, 0ms, 0}, 1, rng) > 0ms));
  BOOST_TEST((backoff_delay({1ns, 1ns, 100}, 1, rng) > 0ms));
}

BOOST_AUTO_TEST_SUITE_END()
