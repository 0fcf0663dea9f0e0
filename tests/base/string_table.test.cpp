// SPDX-License-Identifier: MIT

#include "horde/string_table.hpp"

#include <boost/test/unit_test.hpp>

#include "horde/random.hpp"

using namespace horde;

BOOST_AUTO_TEST_SUITE(string_tables)

BOOST_AUTO_TEST_CASE(an_empty_one_finds_nothing) {
  string_table<int> x;
  BOOST_TEST((x.find("a") == nullptr));
  x.erase("a");
  BOOST_TEST(x.empty());
}

/// With many erasures among neighbours, against a plain map.
BOOST_AUTO_TEST_CASE(it_is_a_map) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    random_engine rng{seed};
    string_table<int> x;
    std::map<std::string, int, std::less<>> expected;
    for (int i = 0; i < 2'000; ++i) {
      auto key = std::to_string(below(rng, 100 * seed));
      if (auto known = x.find(key); known != nullptr && below(rng, 2) == 0) {
        x.erase(key);
        expected.erase(key);
      } else if (known != nullptr) {
        expected[key] = known->second = i;
      } else {
        auto& added = x.add(key, i);
        BOOST_REQUIRE((&added == x.find(key)));
        expected[key] = i;
      }
      if (i % 100 != 0)
        continue;
      BOOST_REQUIRE((x.all() == expected));
      for (std::uint64_t k = 0; k < 100 * seed; ++k) {
        auto found = x.find(std::to_string(k));
        auto there = expected.find(std::to_string(k));
        BOOST_REQUIRE((found != nullptr) == (there != expected.end()));
        BOOST_REQUIRE((found == nullptr || found->second == there->second));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(elements_stay_where_they_are) {
  string_table<int> x;
  auto first = &x.add("first", 1);
  for (int i = 0; i < 1'000; ++i)
    x.add(std::to_string(i), i);
  for (int i = 0; i < 1'000; i += 2)
    x.erase(std::to_string(i));
  BOOST_TEST((x.find("first") == first));
  BOOST_TEST(first->second == 1);
}

BOOST_AUTO_TEST_SUITE_END()
