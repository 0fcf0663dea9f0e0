// SPDX-License-Identifier: MIT
//
// TLS between two ends of a socketpair, in one thread.

#include "horde/actors/door/tls_session.hpp"

#include <array>
#include <string>

#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <sys/socket.h>

#include "horde/actors/door/socket.hpp"

using namespace horde;
using namespace horde::actors;

namespace {

std::shared_ptr<const door_keys> keys(std::vector<std::string> secrets) {
  return std::make_shared<const door_keys>(make_door_keys(secrets, "a"));
}

constexpr auto one = "the first of secrets";
constexpr auto two = "the second of secrets";

struct ends {
  explicit ends(std::vector<std::string> client_secrets = {one},
                std::vector<std::string> server_secrets = {one}) {
    int fds[2] = {-1, -1};
    BOOST_REQUIRE(
      ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds)
      == 0);
    left.reset(fds[0]);
    right.reset(fds[1]);
    auto setup = tls_setup::with_secret();
    client = std::make_unique<tls_session>(setup, keys(client_secrets),
                                           tls_side::client, left.get());
    server = std::make_unique<tls_session>(setup, keys(server_secrets),
                                           tls_side::server, right.get());
  }

  /// Both in turn, until nothing moves.
  void shake_hands() {
    for (int i = 0; i < 10; ++i) {
      here = client->shake_hands();
      there = server->shake_hands();
    }
  }

  bool are_up() {
    shake_hands();
    return here == tls_session::state::ready
           && there == tls_session::state::ready;
  }

  unique_fd left, right;
  std::unique_ptr<tls_session> client, server;
  tls_session::state here{};
  tls_session::state there{};
};

/// As much as comes, until `size` bytes are there or nothing moves.
std::string move(tls_session& from, tls_session& to, const std::string& text) {
  std::string result;
  std::array<char, 5000> buffer;
  std::size_t sent = 0;
  for (int i = 0; i < 10'000 && result.size() < text.size(); ++i) {
    if (sent < text.size()) {
      auto x = from.write(text.data() + sent, text.size() - sent);
      BOOST_REQUIRE(!x.failed);
      sent += x.bytes;
    }
    auto y = to.read(buffer.data(), buffer.size());
    BOOST_REQUIRE(!y.failed);
    result.append(buffer.data(), y.bytes);
  }
  return result;
}

std::string long_text(std::size_t size) {
  std::string result(size, '\0');
  for (std::size_t i = 0; i < size; ++i)
    result[i] = static_cast<char>(i * 2654435761U >> 13);
  return result;
}

} // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(tls_problem)
BOOST_TEST_DONT_PRINT_LOG_VALUE(tls_session::state)

BOOST_AUTO_TEST_SUITE(tls_sessions)

BOOST_AUTO_TEST_CASE(both_ends_agree_on_a_binding_that_is_never_the_same) {
  ends x;
  ends y;
  BOOST_REQUIRE(x.are_up());
  BOOST_REQUIRE(y.are_up());
  BOOST_TEST(x.client->binding().size() == 32u);
  BOOST_TEST(x.client->binding() == x.server->binding());
  BOOST_TEST(x.client->binding() != y.client->binding());
}

BOOST_AUTO_TEST_CASE(the_server_accepts_any_of_its_keys) {
  BOOST_TEST(ends({one}, {two, one}).are_up());
  BOOST_TEST(ends({two, one}, {two}).are_up());
  ends x{{one, two}, {two}}; // the client uses its first one
  BOOST_TEST(!x.are_up());
  BOOST_TEST((x.server->problem() == tls_problem::no_proof));
  BOOST_TEST((x.client->problem() == tls_problem::no_proof));
}

BOOST_AUTO_TEST_CASE(much_more_than_the_socket_takes_gets_through_both_ways) {
  ends x;
  BOOST_REQUIRE(x.are_up());
  x.client->trust();
  x.server->trust();
  auto text = long_text(3'000'000);
  BOOST_TEST((move(*x.client, *x.server, text) == text));
  BOOST_TEST((move(*x.server, *x.client, text) == text));
}

BOOST_AUTO_TEST_CASE(keys_are_renewed_in_the_middle_of_the_stream) {
  ends x;
  BOOST_REQUIRE(x.are_up());
  x.client->trust();
  x.server->trust();
  x.client->renew_keys_after(50'000);
  auto text = long_text(2'000'000);
  BOOST_TEST((move(*x.client, *x.server, text) == text));
  BOOST_TEST((move(*x.server, *x.client, text) == text));
}

BOOST_AUTO_TEST_CASE(one_byte_changed_on_the_way_ends_the_connection) {
  ends x;
  BOOST_REQUIRE(x.are_up());
  BOOST_REQUIRE(x.client->write("hello", 5).bytes == 5u);
  std::string record(200, '\0');
  auto n = ::recv(x.right.get(), record.data(), record.size(), 0);
  BOOST_REQUIRE(n > 20);
  record.resize(static_cast<std::size_t>(n));
  record.back() = static_cast<char>(record.back() ^ 1);
  BOOST_REQUIRE(::send(x.left.get(), record.data(), record.size(), 0) == n);
  char byte = 0;
  BOOST_TEST(x.server->read(&byte, 1).failed);
}

BOOST_AUTO_TEST_CASE(an_unproven_peer_may_send_so_much_and_no_more) {
  ends x;
  BOOST_REQUIRE(x.are_up());
  auto text = long_text(200'000);
  std::array<char, 5000> buffer;
  auto failed = false;
  for (int i = 0; i < 1000 && !failed; ++i) {
    (void)x.client->write(text.data(), text.size());
    failed = x.server->read(buffer.data(), buffer.size()).failed;
  }
  BOOST_TEST(failed);
}

BOOST_AUTO_TEST_CASE(a_hangup_is_seen_and_raises_no_signal) {
  ends x;
  BOOST_REQUIRE(x.are_up());
  BOOST_TEST(!x.server->is_over());
  x.client.reset();
  x.left.reset();
  BOOST_TEST(x.server->is_over());
  char byte = 0;
  BOOST_TEST(x.server->read(&byte, 1).failed);
  BOOST_TEST(x.server->write("hello", 5).failed);
}

BOOST_AUTO_TEST_CASE(what_no_tls_client_says_ends_it_at_once) {
  for (std::string text : {"GET / HTTP/1.1\r\n\r\n", "HEAD", "\x17\x03\x03"}) {
    ends x;
    BOOST_TEST((x.server->shake_hands() == tls_session::state::busy));
    ::send(x.left.get(), text.data(), text.size(), 0);
    BOOST_TEST((x.server->shake_hands() == tls_session::state::failed));
    BOOST_TEST((x.server->problem() == tls_problem::no_horde_node));
  }
  for (std::string text :
       {std::string{"\x16\x03\x01\xff\xff"}, std::string(300, '\x16')}) {
    ends x;
    (void)x.server->shake_hands();
    ::send(x.left.get(), text.data(), text.size(), 0);
    BOOST_TEST((x.server->shake_hands() != tls_session::state::ready));
  }
}

BOOST_AUTO_TEST_CASE(a_truncated_or_replayed_client_leads_nowhere) {
  std::string recorded;
  {
    ends x;
    (void)x.server->shake_hands();
    (void)x.client->shake_hands();
    recorded.resize(4000);
    auto n = ::recv(x.right.get(), recorded.data(), recorded.size(), MSG_PEEK);
    BOOST_REQUIRE(n > 100);
    recorded.resize(static_cast<std::size_t>(n));
  }
  for (std::size_t size = 0; size <= recorded.size(); size += 3) {
    ends x;
    (void)x.server->shake_hands();
    ::send(x.left.get(), recorded.data(), size, 0);
    BOOST_REQUIRE((x.server->shake_hands() != tls_session::state::ready));
    ::shutdown(x.left.get(), SHUT_WR);
    BOOST_REQUIRE((x.server->shake_hands() == tls_session::state::failed));
  }
  // The whole first message is answered, but the last one cannot be replayed.
  ends x;
  (void)x.server->shake_hands();
  ::send(x.left.get(), recorded.data(), recorded.size(), 0);
  BOOST_TEST((x.server->shake_hands() == tls_session::state::busy));
}

BOOST_AUTO_TEST_SUITE_END()
