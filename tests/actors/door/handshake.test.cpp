// SPDX-License-Identifier: MIT

#include "horde/actors/door/handshake.hpp"

#include "horde/actors/door/explain.hpp"
#include "horde/actors/door/tls_setup.hpp"

#include <functional>
#include <optional>
#include <random>
#include <string>

#include <boost/test/unit_test.hpp>

using namespace horde;
using namespace horde::actors;

namespace {

const std::string secret = "a secret of 16 b";

nonce filled(char x) {
  nonce result;
  result.fill(x);
  return result;
}

introduction make_introduction(std::string name, std::uint64_t random) {
  introduction result;
  result.cluster = "a";
  result.node = {std::move(name), {1700000000000, random}};
  return result;
}

/// Both machines, and what travels between them.
struct pair {
  introduction left = make_introduction("left", 1);   // dials
  introduction right = make_introduction("right", 2); // is dialed
  std::string left_secret = secret;
  std::string right_secret = secret;
  verdict decision = verdict::ok;
  /// May change what travels: 0 greeting, 1 claim, 2 answer.
  std::function<void(int, std::string&)> on_the_way = [](int, std::string&) {};

  struct ends {
    std::optional<verdict> client;
    std::optional<verdict> server;
    std::optional<introduction> seen_by_client;
    std::optional<introduction> seen_by_server;
    std::string greeting, claim, answer;
    std::string client_link_secret, server_link_secret; // if both are ok
  };

  ends run();
};

/// Feeds in pieces, as a socket may deliver. Stops at the first news.
template <class Machine>
progress deliver(Machine& to, std::string& bytes, std::size_t piece) {
  auto step = progress::more;
  while (step == progress::more && !bytes.empty() && to.wanted() > 0) {
    auto n = std::min({piece, bytes.size(), to.wanted()});
    step = to.feed(std::string_view{bytes}.substr(0, n));
    bytes.erase(0, n);
  }
  return step;
}

pair::ends pair::run() {
  ends result;
  door_key left_key{left_secret, left.cluster};
  door_key right_key{right_secret, right.cluster};
  client_handshake client{left, left_key, filled('l')};
  server_handshake server{right, right_key, filled('r')};
  auto bytes = result.greeting = server.greeting();
  on_the_way(0, bytes);
  auto step = deliver(client, bytes, 7);
  result.seen_by_client = client.peer();
  if (step == progress::decide)
    bytes = client.prove();
  else if (step == progress::over) {
    result.client = client.result();
    bytes = client.farewell();
  } else
    return result;
  result.claim = bytes;
  on_the_way(1, bytes);
  step = deliver(server, bytes, 13);
  result.seen_by_server = server.peer();
  if (step == progress::decide)
    bytes = server.answer(decision);
  else if (step == progress::over)
    bytes = server.answer(server.result());
  else
    return result;
  result.server = server.result();
  result.answer = bytes;
  on_the_way(2, bytes);
  if (!result.client && deliver(client, bytes, 5) == progress::over)
    result.client = client.result();
  if (result.client == verdict::ok) {
    result.client_link_secret = client.link_secret();
    result.server_link_secret = server.link_secret();
  }
  return result;
}

bool both_ok(const pair::ends& x) {
  return x.client == verdict::ok && x.server == verdict::ok;
}

} // namespace

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
  auto hex = [](const std::string& bytes) {
    std::string result;
    for (unsigned char byte : bytes) {
      result += "0123456789abcdef"[byte >> 4];
      result += "0123456789abcdef"[byte & 15];
    }
    return result;
  };
  BOOST_TEST(hex(x.greeting)
             == "484f52444553003c010100000068e5cf8b01000002000000000000007272"
                "727272727272727272727272727272727272727272727272727272727272"
                "0161057269676874");
  BOOST_TEST(hex(x.claim)
             == "484f52444543003b010100010068e5cf8b01000001000000000000006c6c"
                "6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c"
                "0161046c656674d190d1808d4165034002d330c7e5beb437b2ed9b5f44a9"
                "2196ddfae368ad6c5b");
  BOOST_TEST(hex(x.answer)
             == "0086d0e5f5579c085fc398fde4438faac89bc257d54fe95b1109e0b49c17"
                "e6b5a6");
  BOOST_TEST(hex(std::string{tls_notice()}) == "484f524445540000");
  BOOST_TEST(hex(std::string{plain_notice()}) == "484f524445430000");
  door_key key{secret, "a"};
  BOOST_TEST(hex(key.tls_key())
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

BOOST_AUTO_TEST_CASE(names_with_control_characters_or_none_are_malformed) {
  for (std::string name : {std::string{}, std::string{"a\nb"}}) {
    pair p;
    p.left.node.name = name;
    BOOST_TEST((p.run().server == verdict::no_horde_node));
  }
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

BOOST_AUTO_TEST_SUITE(door_options)

BOOST_AUTO_TEST_CASE(each_unusable_option_is_named) {
  auto problem = [](auto change) {
    door_config x;
    x.listen = endpoint{"10.0.0.1", 4711};
    x.secret = secret;
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
