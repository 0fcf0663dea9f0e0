// SPDX-License-Identifier: MIT

#include "horde/actors/door/handshake.hpp"

#include "horde/actors/door/explain.hpp"
#include "horde/hex.hpp"

#include <optional>
#include <string>

#include <boost/test/unit_test.hpp>

#include "actors/door/handshake_pair.hpp"

using namespace horde;
using namespace horde::actors;
using namespace horde::actors::test;

BOOST_TEST_DONT_PRINT_LOG_VALUE(std::optional<verdict>)
BOOST_TEST_DONT_PRINT_LOG_VALUE(progress)
BOOST_TEST_DONT_PRINT_LOG_VALUE(verdict)

BOOST_AUTO_TEST_SUITE(handshakes)

BOOST_AUTO_TEST_CASE(two_nodes_of_a_cluster_get_to_know_each_other) {
  pair p;
  p.left.role = peer_role::client;
  auto x = p.run();
  BOOST_TEST(both_ok(x));
  BOOST_TEST((x.seen_by_client == p.right));
  BOOST_TEST((x.seen_by_server == p.left));
}

BOOST_AUTO_TEST_CASE(both_ends_know_the_secret_of_their_link_and_no_other) {
  pair p;
  auto x = p.run();
  BOOST_REQUIRE(both_ok(x));
  BOOST_TEST(x.client_link_secret.size() == 32u);
  BOOST_TEST(x.client_link_secret == x.server_link_secret);
  // It is none of the proofs that travel.
  BOOST_TEST(x.claim.find(x.client_link_secret) == std::string::npos);
  BOOST_TEST(x.answer.find(x.client_link_secret) == std::string::npos);
  p.left.node.life.random = 77; // another claim
  auto y = p.run();
  BOOST_TEST(y.client_link_secret != x.client_link_secret);
  p.left_secret = p.right_secret = "another secret of the cluster";
  BOOST_TEST(p.run().client_link_secret != y.client_link_secret);
}

BOOST_AUTO_TEST_CASE(an_empty_secret_works_with_an_empty_secret_only) {
  pair p;
  p.left_secret.clear();
  BOOST_TEST((p.run().client == verdict::bad_proof));
  p.right_secret.clear();
  BOOST_TEST(both_ok(p.run()));
}

BOOST_AUTO_TEST_CASE(every_decision_of_the_dialed_node_arrives_authenticated) {
  for (auto decision :
       {verdict::ok, verdict::redundant, verdict::self, verdict::name_in_use,
        verdict::shutting_down, verdict::not_certified, verdict::superseded}) {
    pair p;
    p.decision = decision;
    auto x = p.run();
    BOOST_TEST((x.client == decision));
    BOOST_TEST(x.answer.size() == 33u);
  }
}

BOOST_AUTO_TEST_CASE(another_secret_is_refused_with_one_byte) {
  pair p;
  p.left_secret = "another secret 16";
  auto x = p.run();
  BOOST_TEST((x.client == verdict::bad_proof));
  BOOST_TEST((x.server == verdict::bad_proof));
  BOOST_TEST(x.answer.size() == 1u);
}

BOOST_AUTO_TEST_CASE(both_sides_learn_why_they_do_not_match) {
  auto check = [](auto change, verdict expected) {
    pair p;
    change(p.left);
    auto x = p.run();
    BOOST_TEST((x.client == expected));
    BOOST_TEST((x.server == expected));
    BOOST_TEST(x.seen_by_client.has_value());
    BOOST_TEST(x.seen_by_server.has_value());
    // A node of another cluster gets nothing to guess our secret with.
    BOOST_TEST(x.claim.ends_with(std::string(32, '\0')));
  };
  check([](introduction& x) { x.cluster = "b"; }, verdict::other_cluster);
  check([](introduction& x) { x.caf_line = 1; }, verdict::other_caf_line);
  check([](introduction& x) { x.min_version = x.max_version = 2; },
        verdict::other_version);
}

// N = 5 speaks 4 and 5: a cluster is upgraded node by node.
BOOST_AUTO_TEST_CASE(the_highest_version_that_both_speak_is_used) {
  struct range {
    std::uint8_t min, max;
    unsigned common; // 0: none
  };
  for (auto left : {range{4, 4, 4}, range{4, 5, 5}, range{5, 6, 5},
                    range{1, 9, 5}, range{6, 7, 0}, range{1, 3, 0}}) {
    pair p;
    p.left.min_version = left.min;
    p.left.max_version = left.max;
    p.right.min_version = 4;
    p.right.max_version = 5;
    for (int turn = 0; turn < 2; ++turn) { // whoever dials
      auto x = p.run();
      if (left.common != 0) {
        BOOST_TEST(both_ok(x));
        BOOST_TEST(common_version(p.left, *x.seen_by_client) == left.common);
        BOOST_TEST(common_version(p.right, *x.seen_by_server) == left.common);
      } else {
        BOOST_TEST((x.client == verdict::other_version));
        BOOST_TEST((x.server == verdict::other_version));
        auto why = explain_dial({"h", 1}, *x.client, p.left, x.seen_by_client);
        BOOST_TEST((why.code == errc::incompatible_version));
      }
      std::swap(p.left, p.right);
    }
  }
}

/// What a release that is out there says. If one of these changes, it must be
/// under a new version, and the old one be understood as well.
BOOST_AUTO_TEST_CASE(the_bytes_of_version_1_stay_as_they_are) {
  pair p;
  p.left.role = peer_role::client;
  auto x = p.run();
  BOOST_TEST(to_hex(x.greeting)
             == "484f52444553003c010100000068e5cf8b01000002000000000000007272"
                "727272727272727272727272727272727272727272727272727272727272"
                "0161057269676874");
  BOOST_TEST(to_hex(x.claim)
             == "484f52444543003b010100010068e5cf8b01000001000000000000006c6c"
                "6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c"
                "0161046c656674d190d1808d4165034002d330c7e5beb437b2ed9b5f44a9"
                "2196ddfae368ad6c5b");
  BOOST_TEST(to_hex(x.answer)
             == "0086d0e5f5579c085fc398fde4438faac89bc257d54fe95b1109e0b49c17"
                "e6b5a6");
  BOOST_TEST(to_hex(std::string{tls_notice()}) == "484f524445540000");
  BOOST_TEST(to_hex(std::string{plain_notice()}) == "484f524445430000");
  door_key key{secret, "a"};
  BOOST_TEST(to_hex(key.tls_key())
             == "21c67f557041144c79743e4bd55c8629a21d5b9e04b9fcb18c8f46300228"
                "899c");
  BOOST_TEST(key.tls_key_name() == "54aa9b9092312d94");
}

BOOST_AUTO_TEST_CASE(a_server_accepts_any_of_its_secrets) {
  auto keys = make_door_keys({"the new secret of all", secret}, "a");
  for (const auto& theirs : {secret, std::string{"the new secret of all"},
                             std::string{"nobody knows it"}}) {
    door_key key{theirs, "a"};
    client_handshake client{make_introduction("left", 1), key, filled('l')};
    server_handshake server{make_introduction("right", 2), keys, filled('r')};
    auto bytes = server.greeting();
    BOOST_TEST((deliver(client, bytes, 1000) == progress::decide));
    bytes = client.prove();
    auto known = theirs != "nobody knows it";
    auto step = deliver(server, bytes, 1000);
    BOOST_TEST((step == (known ? progress::decide : progress::over)));
    bytes = server.answer(known ? verdict::ok : server.result());
    BOOST_TEST((deliver(client, bytes, 1000) == progress::over));
    BOOST_TEST((client.result() == (known ? verdict::ok : verdict::bad_proof)));
  }
}

BOOST_AUTO_TEST_CASE(a_proof_holds_on_its_own_connection_only) {
  door_key key{secret, "a"};
  auto left = make_introduction("left", 1);
  auto right = make_introduction("right", 2);
  for (std::string there : {"one", "two", ""}) {
    client_handshake client{left, key, filled('l'), "one"};
    server_handshake server{right, {&key, 1}, filled('r'), there};
    auto bytes = server.greeting();
    BOOST_TEST((deliver(client, bytes, 1000) == progress::decide));
    bytes = client.prove();
    auto step = deliver(server, bytes, 1000);
    BOOST_TEST((step == (there == "one" ? progress::decide : progress::over)));
  }
}

BOOST_AUTO_TEST_CASE(who_speaks_tls_and_who_does_not_is_known_at_once) {
  door_key key{secret, "a"};
  server_handshake server{make_introduction("right", 2), key, filled('r')};
  client_handshake client{make_introduction("left", 1), key, filled('l')};
  std::string bytes{tls_notice()};
  BOOST_TEST((deliver(server, bytes, 3) == progress::over));
  BOOST_TEST((server.result() == verdict::speaks_tls));
  BOOST_TEST(server.answer(server.result()).empty());
  bytes = tls_notice();
  BOOST_TEST((deliver(client, bytes, 3) == progress::over));
  BOOST_TEST((client.result() == verdict::speaks_tls));
  BOOST_TEST(client.farewell() == plain_notice());
}

BOOST_AUTO_TEST_CASE(a_newer_node_may_append_fields_to_its_head) {
  pair p;
  p.on_the_way = [](int which, std::string& bytes) {
    if (which != 0)
      return;
    bytes += "more";
    bytes[7] = static_cast<char>(bytes[7] + 4);
  };
  // Read without trouble; only the proofs no longer fit in this test.
  BOOST_TEST((p.run().client == verdict::bad_proof));
}

BOOST_AUTO_TEST_CASE(the_longest_names_fit_and_the_whole_stays_below_1_kib) {
  pair p;
  p.left.cluster = p.right.cluster = std::string(255, 'c');
  p.left.node.name = std::string(255, 'l');
  p.right.node.name = std::string(255, 'r');
  auto x = p.run();
  BOOST_TEST(both_ok(x));
  BOOST_TEST(x.greeting.size() + x.answer.size() < max_handshake_size);
  BOOST_TEST(x.claim.size() < max_handshake_size);
}

BOOST_AUTO_TEST_CASE(names_with_control_characters_or_none_are_malformed) {
  for (std::string name : {std::string{}, std::string{"a\nb"}}) {
    pair p;
    p.left.node.name = name;
    BOOST_TEST((p.run().server == verdict::no_horde_node));
  }
}

BOOST_AUTO_TEST_CASE(the_reasons_are_sentences_that_name_both_sides) {
  endpoint to{"10.0.0.1", 4711};
  auto left = make_introduction("left", 1);
  auto right = make_introduction("right", 2);
  right.cluster = "b";
  right.caf_line = 1;
  auto say = [&](verdict x) { return explain_dial(to, x, left, right).what; };
  BOOST_TEST(say(verdict::bad_proof)
             == "10.0.0.1:4711 refused us: the secrets differ");
  BOOST_TEST(say(verdict::other_cluster)
             == "10.0.0.1:4711 is a node of cluster 'b', we are in 'a'");
  BOOST_TEST(say(verdict::other_caf_line)
             == "10.0.0.1:4711 runs CAF 1.x, we run CAF 0.17");
  BOOST_TEST(say(verdict::no_horde_node) == "10.0.0.1:4711 is no horde node");
}

BOOST_AUTO_TEST_SUITE_END()
