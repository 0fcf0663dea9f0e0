// SPDX-License-Identifier: MIT
//
// The door's thread with TLS: by secret, with certificates, and against those
// who do not match.

#include <memory>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "actors/door/certificates.hpp"
#include "actors/door/house.hpp"

using namespace horde;
using namespace horde::actors;
using namespace horde::actors::test;
using namespace horde::actors::door_events;

namespace {

door_config with_certificates(const certificate_files& files) {
  auto result = make_config();
  result.secret.clear();
  auto loaded = tls_setup::with_certificates(files);
  if (auto* why = std::get_if<failure>(&loaded))
    BOOST_FAIL(why->what);
  result.certificates =
    std::get<std::shared_ptr<const tls_setup>>(std::move(loaded));
  return result;
}

std::string problem_with(const certificate_files& files) {
  auto result = tls_setup::with_certificates(files);
  auto* why = std::get_if<failure>(&result);
  return why != nullptr ? why->what : std::string{};
}

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// They get together, whoever dials.
void check_link(house& left, house& right) {
  left.dial(right.at);
  auto here = left.told.next<admitted>();
  auto there = right.told.next<admitted>();
  BOOST_REQUIRE(here);
  BOOST_REQUIRE(there);
  BOOST_TEST(pass(*here, *there, "to the right") == "to the right");
  BOOST_TEST(pass(*there, *here, "to the left") == "to the left");
}

} // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(errc)

BOOST_AUTO_TEST_SUITE(porters_with_tls)

BOOST_AUTO_TEST_CASE(a_link_is_encrypted_unless_the_user_wants_it_plain) {
  for (auto how : {transport::tls, transport::hmac}) {
    house left{"left", 1, make_config(how)};
    house right{"right", 1, make_config(how)};
    left.dial(right.at);
    auto here = left.told.next<admitted>();
    auto there = right.told.next<admitted>();
    BOOST_REQUIRE(here);
    BOOST_REQUIRE(there);
    auto encrypted = how == transport::tls;
    BOOST_TEST((here->line.tls() != nullptr) == encrypted);
    BOOST_TEST((there->line.tls() != nullptr) == encrypted);
    BOOST_REQUIRE(here->line.write("in confidence"));
    // As seen on the way, below TLS.
    BOOST_REQUIRE(eventually([&] {
      char byte = 0;
      return ::recv(there->line.fd(), &byte, 1, MSG_PEEK) == 1;
    }));
    std::string seen(1000, '\0');
    auto n = ::recv(there->line.fd(), seen.data(), seen.size(), MSG_PEEK);
    seen.resize(static_cast<std::size_t>(n));
    BOOST_TEST(says(seen, "in confidence") == !encrypted);
    if (encrypted)
      BOOST_TEST(here->line.binding() == there->line.binding());
  }
}

BOOST_AUTO_TEST_CASE(without_a_secret_loopback_is_plain) {
  auto config = make_config();
  config.secret.clear();
  house left{"left", 1, config};
  house right{"right", 1, config};
  left.dial(right.at);
  auto here = left.told.next<admitted>();
  BOOST_REQUIRE(here);
  BOOST_TEST(here->line.tls() == nullptr);
}

BOOST_AUTO_TEST_CASE(another_secret_or_cluster_is_refused_inside_tls) {
  auto config = make_config();
  config.secret = "some other secret";
  house right{"right"};
  auto self = make_introduction(make_node("left"));
  house other_secret{self, config};
  self.cluster = "b";
  house other_cluster{self};
  auto x = refused_dial(other_secret, right);
  BOOST_TEST((x.here.code == errc::refused));
  BOOST_TEST(x.here.why
             == to_string(right.at)
                  + " refused us: the secrets or the cluster names differ, or "
                    "it takes certificates");
  BOOST_TEST(x.there.why
             == "127.0.0.1 has another secret or cluster name, or shows "
                "certificates");
  other_cluster.dial(right.at);
  auto again = other_cluster.told.next<dial_failed>();
  BOOST_REQUIRE(again);
  BOOST_TEST((again->code == errc::refused));
  BOOST_TEST(eventually([&] { return right.counts().refused == 2u; }));
  BOOST_TEST(right.counts().admitted == 0u);
}

BOOST_AUTO_TEST_CASE(a_mismatch_of_transports_is_told_at_once_by_both_sides) {
  auto slow = [](transport how) {
    auto result = make_config(how);
    result.handshake_timeout = patience; // so nobody waits for a deadline
    return result;
  };
  house tls{"tls", 1, slow(transport::tls)};
  house hmac{"hmac", 1, slow(transport::hmac)};
  for (auto tls_dials : {true, false}) {
    auto& from = tls_dials ? tls : hmac;
    auto& to = tls_dials ? hmac : tls;
    from.dial(to.at);
    auto here = from.told.next<dial_failed>(patience / 2);
    auto there = to.told.next<turned_away>(patience / 2);
    BOOST_REQUIRE(here);
    BOOST_REQUIRE(there);
    for (const auto& why : {here->why, there->why}) {
      BOOST_TEST(says(why, "tls"), why);
      BOOST_TEST(says(why, "hmac"), why);
    }
    BOOST_TEST((here->code == errc::refused));
    BOOST_TEST((there->code == errc::refused));
  }
}

BOOST_AUTO_TEST_CASE(certificates_alone_are_enough) {
  authority ca;
  house left{"left", 1, with_certificates(ca.sign("DNS:left"))};
  house right{"right", 1, with_certificates(ca.sign("IP:127.0.0.1"))};
  house named{"localhost:1", 1, with_certificates(ca.sign("DNS:localhost"))};
  check_link(left, right);
  check_link(named, right);
  check_link(named, left);
}

BOOST_AUTO_TEST_CASE(a_certificate_of_another_node_is_refused) {
  authority ca;
  house left{"left", 1, with_certificates(ca.sign("DNS:someone"))};
  house right{"right", 1, with_certificates(ca.sign("DNS:right"))};
  auto x = refused_dial(left, right);
  BOOST_TEST((x.here.code == errc::refused));
  BOOST_TEST(says(x.here.why, "our certificate names neither 'left'"));
  BOOST_TEST(says(x.there.why, "names neither the node nor its host: 'left'"));
  right.dial(left.at);
  auto other = right.told.next<dial_failed>();
  BOOST_REQUIRE(other);
  BOOST_TEST(says(other->why, "names neither the node nor its host: 'left'"));
  // No name matches what only looks like a part of it.
  house dot{".right", 1, with_certificates(ca.sign("DNS:a.right"))};
  dot.dial(right.at);
  BOOST_TEST(dot.told.next<dial_failed>().has_value());
}

BOOST_AUTO_TEST_CASE(a_tool_needs_a_certificate_of_the_authority_only) {
  authority ca;
  auto self = make_introduction(make_node("client-1"));
  self.role = peer_role::client;
  house tool{self, with_certificates(ca.sign("DNS:operator"))};
  house right{"right", 1, with_certificates(ca.sign("DNS:right"))};
  check_link(tool, right);
}

BOOST_AUTO_TEST_CASE(a_certificate_of_another_authority_is_refused) {
  authority ca;
  authority other;
  house right{"right", 1, with_certificates(ca.sign("DNS:right"))};
  house one{"one", 1, with_certificates(other.sign("DNS:one", &ca))};
  auto x = refused_dial(one, right); // right does not accept it
  BOOST_TEST(says(x.here.why, "it accepts no certificates, or not ours"));
  BOOST_TEST(says(x.there.why, "has a certificate that we do not accept"),
             x.there.why);
  house two{"two", 1, with_certificates(ca.sign("DNS:two", &other))};
  two.dial(right.at); // two does not accept the one of right
  auto here = two.told.next<dial_failed>();
  BOOST_REQUIRE(here);
  BOOST_TEST(says(here->why, "has a certificate that we do not accept"),
             here->why);
}

BOOST_AUTO_TEST_CASE(a_secret_does_not_replace_a_certificate_nor_the_reverse) {
  authority ca;
  house certified{"certified", 1, with_certificates(ca.sign("DNS:certified"))};
  house secret{"secret"};
  auto x = refused_dial(secret, certified);
  BOOST_TEST((x.here.code == errc::refused));
  BOOST_TEST(says(x.here.why, "certificates"), x.here.why);
  BOOST_TEST(says(x.there.why, "no certificate"), x.there.why);
  x = refused_dial(certified, secret);
  BOOST_TEST(says(x.here.why, "it accepts no certificates"), x.here.why);
  BOOST_TEST(says(x.there.why, "certificates"), x.there.why);
}

BOOST_AUTO_TEST_CASE(with_both_the_secret_is_asked_for_too) {
  authority ca;
  auto files = ca.sign("DNS:left,DNS:right,DNS:third");
  auto config = with_certificates(files);
  config.secret = cluster_secret;
  house left{"left", 1, config};
  house right{"right", 1, config};
  check_link(left, right);
  config.secret = "some other secret";
  house third{"third", 1, config};
  auto x = refused_dial(third, right);
  BOOST_TEST(says(x.here.why, "the secrets differ"));
}

BOOST_AUTO_TEST_CASE(unusable_certificate_files_are_named_with_the_option) {
  authority ca;
  auto good = ca.sign("DNS:left");
  auto other = ca.sign("DNS:right");
  BOOST_TEST(problem_with(good).empty());
  auto missing = good;
  missing.private_key.clear();
  BOOST_TEST(problem_with(missing).starts_with("private_key is not set"));
  auto absent = good;
  absent.authorities = "/no/such/file";
  BOOST_TEST(problem_with(absent)
             == "authorities = '/no/such/file': takes a PEM file (No such file "
                "or directory)");
  auto mixed = good;
  mixed.private_key = other.private_key;
  BOOST_TEST(problem_with(mixed).starts_with("private_key = '"));
  auto swapped = good;
  std::swap(swapped.certificate, swapped.private_key);
  BOOST_TEST(problem_with(swapped).starts_with("certificate = '"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(porters_with_several_secrets)

BOOST_AUTO_TEST_CASE(keys_rotate_node_by_node_without_a_break) {
  const std::string old_one = "the old secret of all";
  const std::string new_one = "the new secret of all";
  for (auto how : {transport::tls, transport::hmac}) {
    auto config = make_config(how);
    config.secret = old_one;
    // In each step one node is a step ahead of the other.
    std::vector<std::vector<std::string>> steps{
      {old_one}, {old_one, new_one}, {new_one, old_one}, {new_one}};
    house left{"left", 1, config};
    house right{"right", 1, config};
    auto meet = [](house& from, house& to) {
      from.dial(to.at);
      auto here = from.told.next<admitted>();
      auto there = to.told.next<admitted>();
      BOOST_REQUIRE(here);
      BOOST_REQUIRE(there);
      BOOST_TEST(pass(*here, *there, "x") == "x");
      from.work.on_gone(here->link)();
      to.work.on_gone(there->link)();
      BOOST_REQUIRE(from.told.next<link_lost>());
      BOOST_REQUIRE(to.told.next<link_lost>());
    };
    for (const auto& step : steps) {
      left.work.set_secrets(step);
      meet(left, right);
      meet(right, left);
      right.work.set_secrets(step);
      meet(left, right);
      meet(right, left);
    }
    // Who slept through all of it is out.
    house late{"late", 1, config};
    late.dial(left.at);
    BOOST_TEST(late.told.next<dial_failed>().has_value());
  }
}

BOOST_AUTO_TEST_CASE(links_outlive_the_secret_they_began_with) {
  house left{"left"};
  house right{"right"};
  left.dial(right.at);
  auto here = left.told.next<admitted>();
  auto there = right.told.next<admitted>();
  BOOST_REQUIRE(here);
  BOOST_REQUIRE(there);
  left.work.set_secrets({"the new secret of all"});
  right.work.set_secrets({"the new secret of all"});
  BOOST_TEST(pass(*here, *there, "still here") == "still here");
  BOOST_TEST(left.counts().links == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
