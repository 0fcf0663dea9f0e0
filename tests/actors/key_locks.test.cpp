// SPDX-License-Identifier: MIT

#include "horde/actors/key_locks.hpp"

#include <array>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "support/eventually.hpp"

using namespace horde::actors;
using horde::test::eventually;

BOOST_AUTO_TEST_SUITE(key_locks_)

BOOST_AUTO_TEST_CASE(of_one_key_one_holder_of_many_keys_many) {
  constexpr int each = 2000;
  key_locks x;
  std::array<int, 3> counters{}; // plain: the locks guard them
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < each; ++i) {
        auto n = static_cast<std::size_t>(i + t) % counters.size();
        auto guard = x.take(std::to_string(n));
        ++counters[n];
      }
    });
  for (auto& thread : threads)
    thread.join();
  BOOST_TEST(counters[0] + counters[1] + counters[2] == 6 * each);
  BOOST_TEST(x.queued("0") == 0u);
}

BOOST_AUTO_TEST_CASE(who_comes_first_is_next) {
  key_locks x;
  std::vector<int> order;
  std::vector<std::thread> threads;
  {
    auto guard = x.take("k");
    auto other = x.take("another");
    BOOST_TEST(bool{other});
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        auto guard = x.take("k");
        order.push_back(t);
      });
      auto all = static_cast<std::size_t>(t) + 2; // with the holder
      BOOST_REQUIRE(eventually([&] { return x.queued("k") == all; }));
    }
  }
  for (auto& thread : threads)
    thread.join();
  BOOST_TEST((order == std::vector{0, 1, 2, 3}));
}

BOOST_AUTO_TEST_CASE(who_holds_it_cannot_take_it_again) {
  key_locks x;
  auto guard = x.take("k");
  BOOST_TEST(!x.take("k"));
  std::thread{[&] { BOOST_TEST(bool{x.take("another")}); }}.join();
}

BOOST_AUTO_TEST_SUITE_END()
