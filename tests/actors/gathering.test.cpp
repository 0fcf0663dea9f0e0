// SPDX-License-Identifier: MIT

#include "horde/actors/gathering.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

#include <boost/test/unit_test.hpp>

using namespace horde::actors;

BOOST_AUTO_TEST_SUITE(gatherings)

BOOST_AUTO_TEST_CASE(who_comes_while_another_works_does_not) {
  gathering<int> x;
  BOOST_TEST(x.bring(1));
  BOOST_TEST(!x.bring(2));
  BOOST_TEST((x.take() == std::vector{1, 2}));
  BOOST_TEST(!x.bring(3));
  BOOST_TEST(!x.is_done());
  BOOST_TEST((x.take() == std::vector{3}));
  BOOST_TEST(x.is_done());
  BOOST_TEST(x.bring(4));
}

BOOST_AUTO_TEST_CASE(once_closed_everybody_works) {
  gathering<int> x;
  BOOST_TEST(x.bring(1)); // and never comes to it
  x.close();
  BOOST_TEST(x.bring(2));
  BOOST_TEST(x.bring(3));
  BOOST_TEST((x.take() == std::vector{1, 2, 3}));
  BOOST_TEST(x.is_done());
}

/// One at a time, all that was brought, of each thread in order.
BOOST_AUTO_TEST_CASE(nothing_is_lost_between_threads) {
  constexpr int each = 20'000;
  gathering<std::pair<int, int>> x;
  std::atomic<int> at_work = 0;
  std::atomic<bool> overlapped = false;
  std::vector<int> last(4, -1);
  int taken = 0;
  auto work = [&] {
    do {
      if (++at_work != 1)
        overlapped = true;
      for (auto [thread, number] : x.take()) {
        overlapped =
          overlapped || number != ++last[static_cast<size_t>(thread)];
        ++taken;
      }
      --at_work;
    } while (!x.is_done());
  };
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < each; ++i)
        if (x.bring({t, i}))
          work();
    });
  for (auto& t : threads)
    t.join();
  BOOST_TEST(!overlapped);
  BOOST_TEST(taken == 4 * each);
}

BOOST_AUTO_TEST_SUITE_END()
