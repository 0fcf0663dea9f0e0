// SPDX-License-Identifier: MIT
//
// What strangers may try on an open door, and members after they got in. The
// process must live, and peers must not notice.

#include "actors/door/caf_support.hpp"
#include "horde/actors/door/handshake.hpp"

#include <random>

#include <boost/test/unit_test.hpp>

using namespace horde;
using namespace horde::actors;
using namespace horde::actors::test;
using namespace horde::actors::door_events;

namespace {

/// A peer that knows the secret and gets through the door, but is no CAF.
class insider : public stranger {
public:
  insider(std::uint16_t port, const std::string& name)
      : stranger(port), key_(cluster_secret, "a") {
    introduction self;
    self.caf_line = basp::caf_line;
    self.cluster = "a";
    self.node = make_node(name);
    client_handshake talk{self, key_, nonce{}};
    auto step = progress::more;
    while (step != progress::over) {
      auto bytes = hear(talk.wanted());
      if (bytes.empty())
        return;
      step = talk.feed(bytes);
      if (step == progress::decide)
        say(talk.prove());
    }
    admitted = talk.result() == verdict::ok;
  }

  bool admitted = false;

private:
  door_key key_;
};

/// A door under attack, and a peer that must not notice.
struct scene {
  scene() : victim("victim"), witness("witness") {
    peer = witness.link(victim.at);
    BOOST_REQUIRE(peer);
    BOOST_REQUIRE(victim.told.next<accepted>());
  }

  ~scene() {
    BOOST_TEST((twice(witness.sys, *peer, 5) == 10));
    BOOST_TEST(!witness.told.has<link_lost>());
  }

  site victim;
  site witness;
  std::optional<caf::actor> peer;
};

std::string frame(char operation, std::uint32_t size) {
  auto result = crash_frame(operation);
  for (int i = 0; i < 4; ++i)
    result[4 + i] = static_cast<char>(size >> (24 - 8 * i));
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(attacks)

BOOST_AUTO_TEST_CASE(crash_frames_of_strangers_are_not_even_read) {
  scene s;
  for (int i = 0; i < 200; ++i) {
    stranger x{s.victim.at.port};
    x.say(crash_frame(static_cast<char>(i % 2)));
    BOOST_REQUIRE(x.is_closed());
  }
  BOOST_TEST(s.victim.front.counters().refused == 200u);
}

BOOST_AUTO_TEST_CASE(random_bytes_of_strangers_are_refused) {
  scene s;
  std::mt19937_64 rng{7};
  for (int i = 0; i < 100; ++i) {
    std::string bytes = i % 3 == 0 ? "HORDEC" : "";
    for (auto n = 40 + rng() % 2000; n > 0; --n)
      bytes += static_cast<char>(rng());
    stranger x{s.victim.at.port};
    x.say(bytes);
    ::shutdown(x.fd(), SHUT_WR);
    BOOST_REQUIRE(x.is_closed());
  }
  BOOST_TEST(s.victim.front.counters().admitted == 1u);
}

BOOST_AUTO_TEST_CASE(crash_frames_of_members_cut_their_link) {
  scene s;
  for (char operation : {0, 1}) {
    insider x{s.victim.at.port, "insider"};
    BOOST_REQUIRE(x.admitted);
    BOOST_REQUIRE(s.victim.told.next<accepted>());
    x.say(crash_frame(operation));
    BOOST_TEST(x.is_closed());
    auto lost = s.victim.told.next<link_lost>();
    BOOST_REQUIRE(lost);
    BOOST_TEST(lost->peer.name == "insider");
  }
  BOOST_TEST(s.victim.front.counters().refused_frames == 2u);
}

BOOST_AUTO_TEST_CASE(huge_or_early_frames_of_members_cut_their_link) {
  scene s;
  for (auto bad : {frame(2, 0xffffffff), frame(2, 0x80000000), frame(2, 8),
                   frame(3, 8), frame(6, 0), frame(99, 0), frame(1, 5000)}) {
    insider x{s.victim.at.port, "insider"};
    BOOST_REQUIRE(x.admitted);
    x.say(bad);
    BOOST_TEST(x.is_closed());
    BOOST_REQUIRE(s.victim.told.next<link_lost>());
  }
}

BOOST_AUTO_TEST_CASE(bytes_right_behind_the_claim_are_refused) {
  scene s;
  stranger x{s.victim.at.port};
  door_key key{cluster_secret, "a"};
  introduction self;
  self.caf_line = basp::caf_line;
  self.cluster = "a";
  self.node = make_node("hasty");
  client_handshake talk{self, key, nonce{}};
  while (talk.feed(x.hear(talk.wanted())) == progress::more)
    ;
  x.say(talk.prove() + crash_frame());
  BOOST_TEST(x.is_closed());
  BOOST_TEST(s.victim.front.counters().admitted == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
