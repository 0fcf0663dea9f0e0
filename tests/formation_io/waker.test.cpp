// SPDX-License-Identifier: MIT

#include <thread>

#include <poll.h>

#include <boost/test/unit_test.hpp>

#include "horde/actors/formation/strategy.hpp"

using namespace horde::formation;
using namespace std::chrono_literals;

namespace {

bool is_readable(const waker& x) {
  pollfd p{x.fd(), POLLIN, 0};
  return ::poll(&p, 1, 0) == 1;
}

auto time_of(auto f) {
  auto begin = std::chrono::steady_clock::now();
  f();
  return std::chrono::steady_clock::now() - begin;
}

} // namespace

BOOST_AUTO_TEST_SUITE(waker_tests)

BOOST_AUTO_TEST_CASE(a_sleep_ends_in_time) {
  waker x;
  auto took = time_of([&] { x.sleep(20ms); });
  BOOST_TEST((took >= 20ms));
  BOOST_TEST((time_of([&] { x.sleep(-1s); }) < 10s));
}

BOOST_AUTO_TEST_CASE(a_wake_up_ends_one_sleep) {
  waker x;
  BOOST_TEST(!is_readable(x));
  x.wake();
  x.wake();
  BOOST_TEST(is_readable(x));
  BOOST_TEST((time_of([&] { x.sleep(1h); }) < 10s));
  BOOST_TEST(!is_readable(x));
  BOOST_TEST((time_of([&] { x.sleep(20ms); }) >= 20ms));
}

BOOST_AUTO_TEST_CASE(who_sleeps_already_is_woken) {
  waker x;
  std::thread other{[&] { x.wake(); }};
  BOOST_TEST((time_of([&] { x.sleep(1h); }) < 10s));
  other.join();
}

BOOST_AUTO_TEST_CASE(who_is_stopped_never_sleeps_again) {
  waker x;
  x.stop();
  BOOST_TEST(x.is_stopped());
  for (auto i = 0; i < 3; ++i) {
    BOOST_TEST((time_of([&] { x.sleep(1h); }) < 10s));
    x.clear();
    BOOST_TEST(is_readable(x));
  }
}

BOOST_AUTO_TEST_CASE(a_stop_is_never_lost_to_a_clear) {
  for (auto i = 0; i < 200; ++i) {
    waker x;
    std::thread other{[&] { x.stop(); }};
    while (!x.is_stopped())
      x.clear();
    other.join();
    BOOST_TEST(is_readable(x));
  }
}

BOOST_AUTO_TEST_SUITE_END()
