// SPDX-License-Identifier: MIT

#include <thread>

#include <sys/inotify.h>

#include "formation_io/support.hpp"
#include "horde/actors/formation/change_watch.hpp"
#include "support/folder.hpp"

using namespace horde;
using namespace horde::formation;
using namespace horde::test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(change_watch_tests)

BOOST_AUTO_TEST_CASE(what_happened_since_the_last_wait_counts_once) {
  folder here;
  waker by;
  change_watch x;
  x.add(here.string(), IN_CLOSE_WRITE);
  BOOST_TEST(!x.wait(1ms, by));
  here.write("a", "text");
  here.write("b", "text");
  BOOST_TEST(x.wait(1h, by));
  BOOST_TEST(!x.wait(1ms, by));
}

BOOST_AUTO_TEST_CASE(who_waits_is_woken) {
  folder here;
  waker by;
  change_watch x;
  x.add(here.string(), IN_CLOSE_WRITE);
  std::thread other{[&] { by.wake(); }};
  BOOST_TEST(is_quick([&] { BOOST_TEST(!x.wait(1h, by)); }));
  other.join();
  BOOST_TEST(!x.wait(1ms, by));
  by.stop();
  BOOST_TEST(is_quick([&] { BOOST_TEST(!x.wait(1h, by)); }));
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_watched_when_it_is_added_again) {
  folder here;
  waker by;
  change_watch x;
  x.add(here / "file", IN_CLOSE_WRITE);
  here.write("file", "1");
  BOOST_TEST(!x.wait(1ms, by));
  x.add(here / "file", IN_CLOSE_WRITE);
  here.write("file", "2");
  BOOST_TEST(x.wait(1h, by));
}

BOOST_AUTO_TEST_SUITE_END()
