// SPDX-License-Identifier: MIT

#include "horde/endpoint.hpp"

#include <boost/test/unit_test.hpp>

using namespace horde;

BOOST_AUTO_TEST_SUITE(endpoints)

BOOST_AUTO_TEST_CASE(what_was_printed_is_parsed) {
  for (auto text : {"10.0.0.1:4711", "db.example:1", "[::1]:65535", ":4711"}) {
    auto x = parse_endpoint(text);
    BOOST_REQUIRE(x);
    BOOST_TEST(to_string(*x) == text);
  }
  BOOST_TEST(parse_endpoint("[::1]:80")->host == "::1");
}

BOOST_AUTO_TEST_CASE(anything_else_is_refused) {
  for (auto text : {"", "host", "host:", "host:x", "host:65536", "host:-1",
                    "::1:80", "host:80 ", "[::1]"})
    BOOST_TEST(!parse_endpoint(text), text);
}

BOOST_AUTO_TEST_SUITE_END()
