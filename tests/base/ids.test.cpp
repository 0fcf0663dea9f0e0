// SPDX-License-Identifier: MIT

#include <boost/test/unit_test.hpp>

#include "horde/member_id.hpp"
#include "horde/pid.hpp"

using namespace horde;

BOOST_AUTO_TEST_SUITE(ids)

BOOST_AUTO_TEST_CASE(a_newer_incarnation_is_larger) {
  BOOST_TEST((incarnation{2, 0} > incarnation{1, 99}));
  BOOST_TEST((incarnation{2, 1} > incarnation{2, 0}));
}

BOOST_AUTO_TEST_CASE(a_printed_pid_is_parsed) {
  pid x{{1732262400000, 0xc0ffee}, 42}, y;
  BOOST_TEST(to_string(x) == "<42@1732262400000-0000000000c0ffee>");
  BOOST_REQUIRE(parse_pid(to_string(x), y));
  BOOST_TEST((x == y));
}

BOOST_AUTO_TEST_CASE(text_that_is_no_pid_is_refused_and_changes_nothing) {
  pid x{{1, 2}, 3};
  auto before = x;
  for (auto text : {"", "<", "42", "<42@1-2", "<42@1-2>x", "<x@1-2>", "<1@2>"})
    BOOST_TEST(!parse_pid(text, x), text);
  BOOST_TEST((x == before));
}

BOOST_AUTO_TEST_CASE(a_printed_member_is_parsed) {
  member_id x{"names", "10.0.0.1:4711"};
  BOOST_TEST(to_string(x) == "names@10.0.0.1:4711");
  BOOST_TEST((parse_member_id(to_string(x)) == x));
  for (auto text : {"", "names", "@a", "names@"})
    BOOST_TEST(!parse_member_id(text), text);
}

BOOST_AUTO_TEST_SUITE_END()
