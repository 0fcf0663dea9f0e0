// SPDX-License-Identifier: MIT

#include "horde/actors/caf_compat.hpp"

#include <cmath>
#include <limits>

#include <boost/test/unit_test.hpp>

#include "support/caf_cluster.hpp"

using namespace horde;
using namespace horde::test;

BOOST_AUTO_TEST_SUITE(values)

BOOST_AUTO_TEST_CASE(a_message_survives_being_data) {
  quiet_system quiet;
  auto x = caf::make_message(42, std::string{"text"},
                             child_started{"id", {{1, 2}, 3}, "info"});
  auto bytes = encode_value(quiet.sys(), x);
  BOOST_REQUIRE(std::holds_alternative<std::string>(bytes));
  auto y = decode_value(quiet.sys(), std::get<std::string>(bytes));
  BOOST_REQUIRE(std::holds_alternative<caf::message>(y));
  BOOST_TEST(to_string(std::get<caf::message>(y)) == to_string(x));
}

BOOST_AUTO_TEST_CASE(floating_point_keeps_its_bits) {
  quiet_system quiet;
  using limits = std::numeric_limits<double>;
  for (auto x : {limits::infinity(), -limits::infinity(), limits::denorm_min(),
                 -0.0, limits::quiet_NaN(), 1.5}) {
    auto bytes = encode_value(quiet.sys(), caf::make_message(x));
    auto y = std::get<caf::message>(
      decode_value(quiet.sys(), std::get<std::string>(bytes)));
    auto back = y.get_as<double>(0);
    BOOST_TEST(std::isnan(back) == std::isnan(x));
    BOOST_TEST((std::isnan(x) || back == x));
    BOOST_TEST(std::signbit(back) == std::signbit(x));
  }
}

BOOST_AUTO_TEST_CASE(text_of_all_widths_and_messages_in_messages_survive) {
  quiet_system quiet;
  auto x = caf::make_message(std::u16string{u"h\u00f6rde"},
                             std::u32string{U"\U0001f98c"}, 1.5F,
                             caf::make_message(std::uint16_t{7}, true));
  auto y = decode_value(quiet.sys(),
                        std::get<std::string>(encode_value(quiet.sys(), x)));
  BOOST_REQUIRE(std::holds_alternative<caf::message>(y));
  const auto& back = std::get<caf::message>(y);
  BOOST_TEST((back.get_as<std::u16string>(0) == u"h\u00f6rde"));
  BOOST_TEST((back.get_as<std::u32string>(1) == U"\U0001f98c"));
  BOOST_TEST(back.get_as<float>(2) == 1.5F);
  const auto& inner = back.get_as<caf::message>(3);
  BOOST_TEST(inner.get_as<std::uint16_t>(0) == 7u);
  BOOST_TEST(inner.get_as<bool>(1));
}

BOOST_AUTO_TEST_CASE(every_truncation_is_refused) {
  quiet_system quiet;
  auto bytes = std::get<std::string>(
    encode_value(quiet.sys(), caf::make_message(42, std::string{"text"})));
  for (std::size_t n = 0; n < bytes.size(); ++n)
    BOOST_TEST(std::holds_alternative<failure>(
      decode_value(quiet.sys(), bytes.substr(0, n))));
}

BOOST_AUTO_TEST_CASE(a_type_that_this_node_does_not_know_is_named) {
  quiet_system quiet;
  std::string bytes;
  writer out{bytes};
  out.varint(1);
  out.bytes("from::the::future");
  auto x = decode_value(quiet.sys(), bytes);
  auto problem = std::get_if<failure>(&x);
  BOOST_REQUIRE(problem);
  BOOST_TEST((problem->code == errc::unknown_type));
  BOOST_TEST(problem->what.find("from::the::future") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
