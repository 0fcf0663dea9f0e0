// SPDX-License-Identifier: MIT

#include "horde/naming/lock_messages.hpp"

#include <boost/test/unit_test.hpp>

#include "support/lock_messages.hpp"

using namespace horde;
using namespace horde::naming;
using horde::test::one_of_each;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(lock_messages)

BOOST_AUTO_TEST_CASE(what_is_written_is_read_again) {
  BOOST_TEST(one_of_each().size() == std::variant_size_v<lock_message>);
  for (const auto& x : one_of_each()) {
    auto read = decode_lock_message(encode_lock_message(x));
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST((*read == x));
  }
}

BOOST_AUTO_TEST_CASE(what_is_cut_off_or_too_long_or_unknown_is_no_message) {
  for (const auto& x : one_of_each()) {
    auto bytes = encode_lock_message(x);
    for (std::size_t n = 0; n < bytes.size(); ++n)
      BOOST_TEST(!decode_lock_message(bytes.substr(0, n)).has_value());
    BOOST_TEST(!decode_lock_message(bytes + 'x').has_value());
    auto other_version = bytes;
    other_version[0] = 2;
    BOOST_TEST(!decode_lock_message(other_version).has_value());
    auto other_kind = bytes;
    other_kind[1] = static_cast<char>(std::variant_size_v<lock_message>);
    BOOST_TEST(!decode_lock_message(other_kind).has_value());
  }
}

BOOST_AUTO_TEST_CASE(leases_that_do_not_fit_in_are_told_of_by_the_longest) {
  lock::report x;
  std::size_t room = 2 * sizeof(lock::known_lease) + 10;
  for (auto left : {1s, 2s, 3s, 5s, 4s})
    lock::add(x, {"key", replica_id{1}, 1, 1, left}, room);
  BOOST_TEST(x.leases.size() == 2u);
  BOOST_TEST((x.rest == 5s));
}

BOOST_AUTO_TEST_SUITE_END()
