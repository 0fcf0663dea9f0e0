// SPDX-License-Identifier: MIT
//
// Handshakes with what nobody honest would send.

#include <random>
#include <string>

#include <boost/test/unit_test.hpp>

#include "actors/door/handshake_pair.hpp"

using namespace horde;
using namespace horde::actors;
using namespace horde::actors::test;

BOOST_TEST_DONT_PRINT_LOG_VALUE(std::optional<verdict>)
BOOST_TEST_DONT_PRINT_LOG_VALUE(progress)
BOOST_TEST_DONT_PRINT_LOG_VALUE(verdict)

BOOST_AUTO_TEST_SUITE(handshake_attacks)

BOOST_AUTO_TEST_CASE(no_changed_byte_goes_unnoticed) {
  auto sizes = pair{}.run();
  std::size_t lengths[] = {sizes.greeting.size(), sizes.claim.size(),
                           sizes.answer.size()};
  for (int which = 0; which < 3; ++which)
    for (std::size_t i = 0; i < lengths[which]; ++i)
      for (int bit = 0; bit < 8; ++bit) {
        pair p;
        p.on_the_way = [&](int n, std::string& bytes) {
          if (n == which)
            bytes[i] = static_cast<char>(bytes[i] ^ (1 << bit));
        };
        auto x = p.run();
        // The last message cannot be undone for the side that sent it.
        auto fooled = which < 2
                        ? x.client == verdict::ok || x.server == verdict::ok
                        : x.client == verdict::ok;
        BOOST_TEST(!fooled, "message " << which << " byte " << i);
      }
}

BOOST_AUTO_TEST_CASE(a_truncated_message_leads_nowhere) {
  for (int which = 0; which < 3; ++which)
    for (std::size_t cut = 0; cut < 33; ++cut) {
      pair p;
      p.on_the_way = [&](int n, std::string& bytes) {
        if (n == which)
          bytes.resize(std::min(cut, bytes.size()));
      };
      if (which == 2 && cut >= 33)
        continue;
      BOOST_TEST((p.run().client != verdict::ok));
    }
}

BOOST_AUTO_TEST_CASE(a_replayed_claim_does_not_fit_the_next_greeting) {
  auto recorded = pair{}.run().claim;
  auto right = make_introduction("right", 2);
  door_key key{secret, "a"};
  server_handshake server{right, key, filled('x')};
  BOOST_TEST((deliver(server, recorded, 1000) == progress::over));
  BOOST_TEST((server.result() == verdict::bad_proof));
}

BOOST_AUTO_TEST_CASE(a_recorded_answer_does_not_fit_the_next_claim) {
  auto recorded = pair{}.run();
  door_key key{secret, "a"};
  client_handshake client{make_introduction("left", 1), key, filled('x')};
  BOOST_TEST((deliver(client, recorded.greeting, 1000) == progress::decide));
  (void)client.prove();
  BOOST_TEST((deliver(client, recorded.answer, 1000) == progress::over));
  BOOST_TEST((client.result() == verdict::bad_proof));
}

BOOST_AUTO_TEST_CASE(a_reflected_message_is_no_message) {
  door_key key{secret, "a"};
  server_handshake server{make_introduction("right", 2), key, filled('r')};
  auto mirror = server.greeting();
  BOOST_TEST((deliver(server, mirror, 1000) == progress::over));
  BOOST_TEST((server.result() == verdict::no_horde_node));
}

BOOST_AUTO_TEST_CASE(other_protocols_are_recognized_by_their_first_bytes) {
  door_key key{secret, "a"};
  for (std::string text : {"GET / HTTP/1.1\r\n", "SSH-2.0-x", "\x16\x03\x01",
                           "HORDES", "HORDEC\xff\xff"}) {
    server_handshake server{make_introduction("right", 2), key, filled('r')};
    BOOST_TEST((deliver(server, text, 1000) == progress::over), text);
    BOOST_TEST((server.result() == verdict::no_horde_node));
    BOOST_TEST(server.answer(server.result()).empty());
  }
}

BOOST_AUTO_TEST_CASE(a_machine_never_wants_a_byte_that_is_not_the_handshakes) {
  pair p;
  door_key key{secret, "a"};
  client_handshake client{p.left, key, filled('l')};
  server_handshake server{p.right, key, filled('r')};
  auto bytes = server.greeting() + "BASP";
  (void)deliver(client, bytes, 1000);
  BOOST_TEST(bytes == "BASP");
  BOOST_TEST(client.wanted() == 0u);
  bytes = client.prove() + "BASP";
  (void)deliver(server, bytes, 1000);
  BOOST_TEST(bytes == "BASP");
  BOOST_TEST(server.wanted() == 0u);
  bytes = server.answer(verdict::ok) + "BASP";
  (void)deliver(client, bytes, 1000);
  BOOST_TEST(bytes == "BASP");
  BOOST_TEST(client.wanted() == 0u);
}

BOOST_AUTO_TEST_CASE(random_bytes_after_a_good_prefix_are_survived) {
  std::mt19937_64 rng{42};
  door_key key{secret, "a"};
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = i % 2 == 0 ? "HORDEC" : "HORDES";
    bytes += static_cast<char>(rng() % 4);
    while (bytes.size() < 1100)
      bytes += static_cast<char>(rng());
    auto copy = bytes;
    server_handshake server{make_introduction("right", 2), key, filled('r')};
    BOOST_REQUIRE((deliver(server, bytes, 100) != progress::decide));
    client_handshake client{make_introduction("left", 1), key, filled('l')};
    BOOST_REQUIRE((deliver(client, copy, 100) != progress::decide));
  }
}

BOOST_AUTO_TEST_SUITE_END()
