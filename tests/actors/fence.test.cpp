// SPDX-License-Identifier: MIT

#include "horde/actors/fence.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>
#include <vector>

using horde::fence;

BOOST_AUTO_TEST_SUITE(fences)

BOOST_AUTO_TEST_CASE(a_token_below_one_that_was_let_in_is_refused) {
  fence x{10};
  BOOST_TEST(!x.admit(9));
  BOOST_TEST(x.admit(10));
  BOOST_TEST(x.admit(12));
  BOOST_TEST(!x.admit(11));
  BOOST_TEST(x.admit(12));
  BOOST_TEST(x.last() == 12u);
}

BOOST_AUTO_TEST_CASE(of_many_threads_none_is_let_in_behind_a_larger_token) {
  fence x;
  std::vector<std::thread> threads;
  std::vector<int> wrong(4);
  for (std::size_t i = 0; i < wrong.size(); ++i)
    threads.emplace_back([&, i] {
      for (std::uint64_t token = i; token < 10'000; token += wrong.size()) {
        auto before = x.last();
        if (x.admit(token) && token < before)
          ++wrong[i];
      }
    });
  for (auto& y : threads)
    y.join();
  BOOST_TEST(wrong == std::vector<int>(4), boost::test_tools::per_element());
  BOOST_TEST(x.last() == 9'999u);
}

BOOST_AUTO_TEST_SUITE_END()
