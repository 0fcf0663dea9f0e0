// SPDX-License-Identifier: MIT

#include "horde/actors/door/config.hpp"

#include "horde/actors/door/handshake.hpp"
#include "horde/actors/door/tls_setup.hpp"

#include <string>

#include <boost/test/unit_test.hpp>

using namespace horde;
using namespace horde::actors;

BOOST_AUTO_TEST_SUITE(door_options)

BOOST_AUTO_TEST_CASE(each_unusable_option_is_named) {
  auto problem = [](auto change) {
    door_config x;
    x.listen = endpoint{"10.0.0.1", 4711};
    x.secret = "a secret of 16 b";
    change(x);
    auto result = validate(x);
    return result ? result->what : std::string{};
  };
  BOOST_TEST(problem([](door_config&) {}).empty());
  BOOST_TEST(problem([](door_config& x) {
               x.secret.clear();
             }).starts_with("secret is empty"));
  BOOST_TEST(problem([](door_config& x) {
               x.secret = "short";
             }).starts_with("secret is shorter"));
  BOOST_TEST(problem([](door_config& x) {
               x.accepted_secrets = {"short"};
             }).starts_with("one of the accepted secrets is shorter"));
  BOOST_TEST(problem([](door_config& x) {
               x.secret.clear();
               x.accepted_secrets = {"a secret of 16 b"};
             }).starts_with("secret is empty"));
  BOOST_TEST(problem([](door_config& x) {
               x.transport = transport::hmac;
               x.certificates = tls_setup::with_secret();
             }).starts_with("transport is hmac"));
  BOOST_TEST(problem([](door_config& x) {
               x.max_pending = 0;
             }).starts_with("max_pending"));
  BOOST_TEST(
    problem([](door_config& x) { x.max_frame = 1; }).starts_with("max_frame"));
  BOOST_TEST(problem([](door_config& x) {
               x.max_unsent = x.max_frame - 1;
             }).starts_with("max_unsent"));
  BOOST_TEST(problem([](door_config& x) {
               x.handshake_timeout = {};
             }).starts_with("handshake_timeout"));
}

BOOST_AUTO_TEST_CASE(without_a_secret_only_loopback_is_served) {
  for (auto host : {"127.0.0.1", "localhost", "::1"}) {
    door_config x;
    x.listen = endpoint{host, 0};
    BOOST_TEST(!validate(x));
  }
  for (auto host : {"", "0.0.0.0", "::", "db.example", "127.example"}) {
    door_config x;
    x.listen = endpoint{host, 0};
    BOOST_TEST(validate(x).has_value(), host);
  }
}

BOOST_AUTO_TEST_CASE(names_must_be_printable_and_short) {
  door_identity x{"a", {"n", {}}, peer_role::member};
  BOOST_TEST(!validate(x));
  x.self.name = "a\tb";
  BOOST_TEST(validate(x)->what.starts_with("node name"));
  x.self.name = std::string(256, 'n');
  BOOST_TEST(validate(x)->what.starts_with("node name"));
  x.cluster.clear();
  BOOST_TEST(validate(x)->what.starts_with("cluster"));
}

BOOST_AUTO_TEST_SUITE_END()
