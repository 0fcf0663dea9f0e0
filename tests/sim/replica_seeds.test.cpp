// SPDX-License-Identifier: MIT

#include "sim/replica_seeds.hpp"

#include <boost/test/unit_test.hpp>

using horde::sim::replica_seeds;
using range = replica_seeds::range;

BOOST_AUTO_TEST_SUITE(record_of_seeds)

BOOST_AUTO_TEST_CASE(what_was_run_is_left_out) {
  replica_seeds x;
  BOOST_TEST((x.next({5, 9}, 3) == range{5, 7}));
  BOOST_TEST((x.next({5, 6}, 3) == range{5, 6}));
  x.add({1, 5});
  x.add({8, 8});
  BOOST_TEST((x.next({3, 20}, 100) == range{6, 7}));
  x.add({6, 7});
  BOOST_TEST((x.next({3, 20}, 100) == range{9, 20}));
  BOOST_TEST(!x.next({2, 8}, 100).has_value());
  BOOST_TEST(x.count() == 8u);
}

BOOST_AUTO_TEST_CASE(a_record_survives_being_written_and_read) {
  replica_seeds x;
  x.add({10, 20});
  x.add({30, 30});
  auto y = replica_seeds::from(x.to_text());
  BOOST_REQUIRE(y.has_value());
  BOOST_TEST(y->to_text() == x.to_text());
  BOOST_TEST(y->count() == 12u);
}

BOOST_AUTO_TEST_CASE(a_text_that_is_no_record_is_refused) {
  auto title = replica_seeds{}.to_text();
  BOOST_TEST(replica_seeds::from(title).has_value());
  BOOST_TEST(!replica_seeds::from("").has_value());
  BOOST_TEST(!replica_seeds::from("seeds of the replica generator 0\n1 2\n"));
  for (const auto* line : {"2 1", "0 1", "1", "1 2 3", "one two"})
    BOOST_TEST(!replica_seeds::from(title + line + '\n').has_value(), line);
}

BOOST_AUTO_TEST_SUITE_END()
