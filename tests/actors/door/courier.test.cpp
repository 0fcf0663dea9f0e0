// SPDX-License-Identifier: MIT
//
// Datagrams beside the links of porters, on loopback.

#include "horde/actors/door/courier.hpp"

#include "actors/door/house.hpp"
#include "horde/actors/door/poll_set.hpp"

#include <boost/test/unit_test.hpp>

using namespace horde;
using namespace horde::actors;
using namespace horde::actors::test;
using namespace horde::actors::door_events;

namespace {

/// Sends and hears datagrams of any kind.
class voice {
public:
  explicit voice(std::uint16_t to)
      : fd_(bind_datagrams(numeric({"127.0.0.1", 0})->front())) {
    auto there = loopback(to);
    BOOST_REQUIRE(
      ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&there), sizeof there)
      == 0);
  }

  void say(std::string_view x) {
    BOOST_REQUIRE(::send(fd_.get(), x.data(), x.size(), 0)
                  == static_cast<ssize_t>(x.size()));
  }

  std::string hear() {
    std::string result(2048, '\0');
    ssize_t n = -1;
    BOOST_REQUIRE(eventually([&] {
      n = ::recv(fd_.get(), result.data(), result.size(), 0);
      return n >= 0;
    }));
    result.resize(static_cast<std::size_t>(n));
    return result;
  }

private:
  unique_fd fd_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(couriers)

BOOST_AUTO_TEST_CASE(datagrams_go_both_ways_once_the_dialer_has_sent_one) {
  linked_houses x;
  x.right.send(x.there.link, "too early: where is it?");
  x.left.send(x.here.link, "to the right");
  auto there = x.right.told.next<datagram>();
  BOOST_REQUIRE(there);
  BOOST_TEST(there->payload == "to the right");
  BOOST_TEST(there->link == x.there.link);
  BOOST_TEST(there->peer.name == "left");
  x.right.send(x.there.link, "to the left");
  auto here = x.left.told.next<datagram>();
  BOOST_REQUIRE(here);
  BOOST_TEST(here->payload == "to the left");
  BOOST_TEST(here->link == x.here.link);
  BOOST_TEST(x.left.counts().datagrams_sent == 1u);
  BOOST_TEST(x.left.counts().datagrams_received == 1u);
  BOOST_TEST(x.right.counts().datagrams_sent == 1u);
  BOOST_TEST(x.right.counts().datagrams_received == 1u);
}

BOOST_AUTO_TEST_CASE(the_longest_datagram_arrives_and_so_does_an_empty_one) {
  linked_houses x;
  for (std::size_t size : {std::size_t{0}, max_datagram_payload}) {
    x.left.send(x.here.link, std::string(size, 'x'));
    auto there = x.right.told.next<datagram>();
    BOOST_REQUIRE(there);
    BOOST_TEST(there->payload.size() == size);
  }
}

BOOST_AUTO_TEST_CASE(without_a_secret_on_loopback_it_is_the_same) {
  auto config = make_config();
  config.secret.clear();
  linked_houses x{config};
  x.left.send(x.here.link, "a");
  BOOST_TEST(x.right.told.next<datagram>().has_value());
}

BOOST_AUTO_TEST_CASE(a_door_that_only_dials_has_datagrams_too) {
  house right{"right"};
  porter left{dial_only()};
  events<porter_event> told;
  left.open(make_introduction(make_node("left")),
            [&](porter_event x) { told.push(std::move(x)); });
  left.dial(right.at);
  auto here = told.next<admitted>();
  auto there = right.told.next<admitted>();
  BOOST_REQUIRE(here);
  BOOST_REQUIRE(there);
  left.post()->send(here->link, "a");
  BOOST_REQUIRE(right.told.next<datagram>());
  right.send(there->link, "b");
  BOOST_TEST(told.next<datagram>()->payload == "b");
  left.stop();
  left.post()->send(here->link, "nobody sends this");
}

BOOST_AUTO_TEST_CASE(a_listener_on_one_family_reaches_peers_of_the_other) {
  auto config = make_config();
  config.listen = endpoint{"::1", 0};
  porter probe{config};
  if (std::holds_alternative<failure>(probe.listen())) {
    BOOST_TEST_MESSAGE("skipped: this machine has no IPv6");
    return;
  }
  house right{"right", 1, config};
  house left{"left"};
  left.dial(right.at);
  auto here = left.told.next<admitted>();
  auto there = right.told.next<admitted>();
  BOOST_REQUIRE(here);
  BOOST_REQUIRE(there);
  left.send(here->link, "a");
  BOOST_REQUIRE(right.told.next<datagram>());
  right.send(there->link, "b");
  BOOST_TEST(left.told.next<datagram>().has_value());
}

BOOST_AUTO_TEST_CASE(a_listener_on_all_addresses_reaches_peers_on_ipv4) {
  auto config = make_config();
  config.listen = endpoint{"", 0};
  house left{"left", 1, config};
  house right{"right"};
  left.dial(right.at);
  auto here = left.told.next<admitted>();
  auto there = right.told.next<admitted>();
  BOOST_REQUIRE(here);
  BOOST_REQUIRE(there);
  left.send(here->link, "a");
  BOOST_REQUIRE(right.told.next<datagram>());
  right.send(there->link, "b");
  BOOST_TEST(left.told.next<datagram>().has_value());
}

BOOST_AUTO_TEST_CASE(a_lost_link_has_no_datagrams_any_more) {
  linked_houses x;
  x.left.send(x.here.link, "a");
  BOOST_REQUIRE(x.right.told.next<datagram>());
  x.right.work.on_gone(x.there.link)();
  BOOST_REQUIRE(x.right.told.next<link_lost>());
  x.right.send(x.there.link, "nobody sends this");
  BOOST_TEST(x.right.counts().datagrams_sent == 0u);
  x.left.send(x.here.link, "b");
  BOOST_TEST(
    eventually([&] { return x.right.counts().datagrams_refused == 1u; }));
  BOOST_TEST(!x.right.told.has<datagram>());
}

BOOST_AUTO_TEST_CASE(hostile_datagrams_are_counted_and_peers_still_heard) {
  linked_houses x;
  voice stranger{x.right.at.port};
  std::uint64_t sent = 0;
  for (auto size : {0u, 1u, 52u, 53u, 1077u, 1078u, 9000u}) {
    stranger.say(std::string(size, 'x'));
    ++sent;
  }
  for (int i = 0; i < 50; ++i, ++sent)
    stranger.say("HODG\1" + std::string(60, static_cast<char>(i)));
  x.left.send(x.here.link, "still here");
  auto there = x.right.told.next<datagram>();
  BOOST_REQUIRE(there);
  BOOST_TEST(there->payload == "still here");
  BOOST_TEST(
    eventually([&] { return x.right.counts().datagrams_refused == sent; }));
  BOOST_TEST(!x.right.told.has<datagram>());
}

BOOST_AUTO_TEST_CASE(answers_go_where_the_newest_datagram_came_from) {
  house right{"right"};
  house left{"left"};
  left.dial(right.at);
  auto link = left.told.next<admitted>();
  auto there = right.told.next<admitted>();
  BOOST_REQUIRE(link);
  BOOST_REQUIRE(there);
  left.send(link->link, "from home");
  BOOST_REQUIRE(right.told.next<datagram>());
  // The same end of the link at another address, as after a move.
  datagram_seal seal{link->secret, left.self.life, right.self.life};
  auto replayed = seal.seal("overtaken");
  auto moved = seal.seal("moved");
  voice elsewhere{right.at.port};
  elsewhere.say(moved);
  BOOST_TEST(right.told.next<datagram>()->payload == "moved");
  right.send(there->link, "there");
  datagram_seal mine{link->secret, left.self.life, right.self.life};
  auto answer = elsewhere.hear();
  BOOST_REQUIRE((tag_of(answer) == mine.tag()));
  BOOST_TEST(mine.open(answer)->payload == "there");
  // What is old or played again moves nobody.
  voice liar{right.at.port};
  liar.say(moved);
  liar.say(replayed);
  BOOST_TEST(
    eventually([&] { return right.counts().datagrams_refused == 2u; }));
  right.send(there->link, "still there");
  BOOST_TEST(mine.open(elsewhere.hear())->payload == "still there");
}

BOOST_AUTO_TEST_CASE(a_new_link_does_not_take_datagrams_of_the_old_one) {
  linked_houses x;
  datagram_seal old{x.here.secret, x.left.self.life, x.right.self.life};
  x.left.work.on_gone(x.here.link)();
  BOOST_REQUIRE(x.left.told.next<link_lost>());
  x.left.dial(x.right.at);
  auto young = x.left.told.next<admitted>();
  BOOST_REQUIRE(young);
  auto taker = x.right.told.next<admitted>();
  BOOST_REQUIRE(taker);
  BOOST_TEST((taker->stale == x.there.link));
  BOOST_TEST(young->secret == taker->secret);
  BOOST_TEST(young->secret != x.here.secret);
  voice elsewhere{x.right.at.port};
  elsewhere.say(old.seal("old"));
  BOOST_TEST(
    eventually([&] { return x.right.counts().datagrams_refused == 1u; }));
  x.left.send(young->link, "new");
  auto there = x.right.told.next<datagram>();
  BOOST_REQUIRE(there);
  BOOST_TEST(there->payload == "new");
  BOOST_TEST(there->link == taker->link);
}

BOOST_AUTO_TEST_CASE(a_port_taken_for_datagrams_is_not_listened_on) {
  auto taken = bind_datagrams(numeric({"127.0.0.1", 0})->front());
  BOOST_REQUIRE(taken);
  auto config = make_config();
  config.listen->port = local_port(taken.get());
  porter second{config};
  auto result = second.listen();
  auto* why = std::get_if<failure>(&result);
  BOOST_REQUIRE(why);
  BOOST_TEST((why->code == errc::cannot_listen));
  BOOST_TEST(why->what.ends_with("for UDP: Address already in use"));
  // Neither is its TCP half kept.
  taken.reset();
  BOOST_TEST(std::holds_alternative<endpoint>(second.listen()));
}

BOOST_AUTO_TEST_CASE(a_link_has_heard_its_peer_when_it_begins) {
  auto before = door_time();
  linked_houses x;
  auto gauge = x.right.work.gauges()->find(x.there.link);
  BOOST_REQUIRE(gauge);
  BOOST_TEST((gauge->last_heard() >= before));
  BOOST_TEST((gauge->last_heard() <= door_time()));
  x.right.work.on_gone(x.there.link)();
  BOOST_REQUIRE(x.right.told.next<link_lost>());
  BOOST_TEST(!x.right.work.gauges()->find(x.there.link));
}

BOOST_AUTO_TEST_SUITE_END()
