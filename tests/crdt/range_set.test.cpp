// SPDX-License-Identifier: MIT

#include "horde/crdt/range_set.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

#include "horde/random.hpp"
#include "support/work.hpp"

using namespace horde;
using namespace horde::crdt;

namespace {

using numbers = std::set<std::uint64_t>;

/// Adds `first` to `last` to both. Returns whether any of it was new.
bool insert(numbers& xs, std::uint64_t first, std::uint64_t last) {
  auto before = xs.size();
  for (auto x = first; x <= last; ++x)
    xs.insert(x);
  return xs.size() != before;
}

void check(const range_set& x, const numbers& expected) {
  numbers result;
  std::size_t ranges = 0;
  std::uint64_t end = 0;
  x.for_each([&](range_set::range r) {
    BOOST_REQUIRE((ranges == 0 || r.first > end + 1)); // a gap
    end = r.last;
    ++ranges;
    insert(result, r.first, r.last);
  });
  BOOST_REQUIRE((result == expected));
  BOOST_REQUIRE(x.size() == ranges);
  BOOST_REQUIRE(x.last() == end);
}

} // namespace

BOOST_AUTO_TEST_SUITE(range_set_tests)

BOOST_AUTO_TEST_CASE(it_has_what_was_inserted_in_merged_ranges) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    random_engine rng{seed};
    range_set x;
    numbers expected;
    // Up to a thousand ranges, then longer ones that swallow whole blocks.
    for (int i = 0; i < 3000; ++i) {
      auto first = 1 + below(rng, 4000);
      auto longest = i < 2000 ? 1 : seed % 2 == 0 ? 20 : 2000;
      auto last = first + below(rng, i % 50 == 0 ? longest : 1);
      BOOST_REQUIRE(x.insert({first, last}) == insert(expected, first, last));
      if (i % 100 == 0)
        check(x, expected);
    }
    check(x, expected);
    for (std::uint64_t n = 0; n < 6100; ++n)
      BOOST_REQUIRE(x.contains(n) == expected.contains(n));
  }
}

BOOST_AUTO_TEST_CASE(equal_sets_are_equal_whatever_their_history) {
  range_set x;
  range_set y;
  for (std::uint64_t n = 1; n < 2000; n += 2) {
    x.insert({n, n});
    y.insert({2000 - n, 2000 - n});
  }
  BOOST_TEST(x.size() == 1000u);
  BOOST_TEST((x == y));
  y.insert({2001, 2001});
  BOOST_TEST(!(x == y));
  x.insert({1, 2001}); // all blocks become one range
  y.insert({2, 2000});
  BOOST_TEST(x.size() == 1u);
  BOOST_TEST((x == y));
}

BOOST_AUTO_TEST_CASE(numbers_at_the_end_of_their_range_do_no_harm) {
  constexpr auto last = ~std::uint64_t{0};
  range_set x;
  BOOST_TEST(!x.contains(last));
  BOOST_TEST(x.insert({last, last}));
  BOOST_TEST(x.insert({1, 1}));
  BOOST_TEST(x.insert({1, last}));
  BOOST_TEST(!x.insert({last, last}));
  BOOST_TEST(x.size() == 1u);
  BOOST_TEST(x.last() == last);
}

// While a snapshot arrives its dots come in the order of hashes. The cost of
// one must not grow with the gaps: eight times as many would take 64 times as
// long.
BOOST_AUTO_TEST_CASE(numbers_in_any_order_take_time_in_proportion) {
  auto seconds = [](std::uint64_t n) {
    return sim::least_seconds([n] {
      range_set x;
      // An odd factor: each number comes once, far from the one before.
      for (std::uint64_t i = 0; i < n; ++i) {
        auto number = 1 + i * 40'503 % n;
        x.insert({number, number});
      }
      BOOST_REQUIRE(x.size() == 1u);
    });
  };
  BOOST_TEST(seconds(std::uint64_t{1} << 18) / seconds(std::uint64_t{1} << 15)
             < 30);
}

BOOST_AUTO_TEST_SUITE_END()
