// SPDX-License-Identifier: MIT
//
// Whole doors on loopback: two actor systems, real BASP behind them.

#include "horde/actors/door/door.hpp"

#include "actors/door/caf_support.hpp"

#include <boost/test/unit_test.hpp>

using namespace horde;
using namespace horde::actors;
using namespace horde::actors::test;
using namespace horde::actors::door_events;

BOOST_TEST_DONT_PRINT_LOG_VALUE(errc)
BOOST_TEST_DONT_PRINT_LOG_VALUE(node_id)

BOOST_AUTO_TEST_SUITE(doors)

BOOST_AUTO_TEST_CASE(a_dialed_peer_answers_requests) {
  site left{"left"};
  site right{"right"};
  auto peer = left.link(right.at);
  BOOST_REQUIRE(peer);
  BOOST_TEST((peer->node() == right.sys.node()));
  for (int i = 0; i < 100; ++i)
    BOOST_REQUIRE((twice(left.sys, *peer, i) == 2 * i));
  auto there = right.told.next<accepted>();
  BOOST_REQUIRE(there);
  BOOST_TEST((there->peer == left.id));
  BOOST_TEST((there->role == peer_role::member));
  BOOST_TEST(right.front.counters().links == 1u);
}

BOOST_AUTO_TEST_CASE(a_kicked_link_ends_on_both_sides_and_can_be_redialed) {
  site left{"left"};
  site right{"right"};
  for (int i = 0; i < 20; ++i) {
    auto peer = left.link(right.at);
    BOOST_REQUIRE(peer);
    auto there = right.told.next<accepted>();
    BOOST_REQUIRE(there);
    auto down = end_of(*peer);
    if (i % 2 == 0)
      left.front.kick(left.last);
    else
      right.front.kick(there->link);
    auto lost_here = left.told.next<link_lost>();
    auto lost_there = right.told.next<link_lost>();
    BOOST_REQUIRE(lost_here);
    BOOST_REQUIRE(lost_there);
    BOOST_TEST(lost_here->link == left.last);
    BOOST_TEST((lost_here->peer == right.id));
    BOOST_TEST(lost_there->link == there->link);
    BOOST_TEST(is_ready(down));
  }
  BOOST_TEST(!left.told.has<link_lost>());
  BOOST_TEST(!right.told.has<link_lost>());
  BOOST_TEST(left.front.counters().links == 0u);
}

BOOST_AUTO_TEST_CASE(a_peer_that_ends_is_a_lost_link) {
  site left{"left"};
  auto right = std::make_unique<site>("right");
  auto peer = left.link(right->at);
  BOOST_REQUIRE(peer);
  auto down = end_of(*peer);
  right.reset();
  BOOST_TEST(left.told.next<link_lost>().has_value());
  BOOST_TEST(is_ready(down));
}

BOOST_AUTO_TEST_CASE(a_scribe_that_is_dropped_closes_the_link) {
  site left{"left"};
  site right{"right"};
  left.front.dial(right.at);
  BOOST_REQUIRE(left.told.next<dialed>()); // and forgotten
  BOOST_TEST(left.told.next<link_lost>().has_value());
  BOOST_TEST(right.told.next<link_lost>().has_value());
}

BOOST_AUTO_TEST_CASE(a_link_may_be_kicked_before_it_is_handed_over) {
  site left{"left"};
  site right{"right"};
  left.front.dial(right.at);
  auto x = left.told.next<dialed>();
  BOOST_REQUIRE(x);
  left.front.kick(x->link);
  BOOST_TEST(right.told.next<link_lost>().has_value());
  // May still yield an actor, from bytes that were there already.
  auto peer = left.hand_over(std::move(x->scribe));
  BOOST_TEST(left.told.next<link_lost>().has_value());
  if (peer) {
    auto down = end_of(peer);
    BOOST_TEST(is_ready(down));
  }
}

BOOST_AUTO_TEST_CASE(fifty_pairs_that_dial_each_other_can_talk) {
  site left{"left"};
  site right{"right"};
  for (int i = 0; i < 50; ++i) {
    left.front.dial(right.at);
    right.front.dial(left.at);
    BOOST_REQUIRE(eventually(
      [&] { return left.told.has<dialed>() || right.told.has<dialed>(); }));
    auto here = left.told.next<dialed>(0s);
    auto there = right.told.next<dialed>(0s);
    BOOST_REQUIRE(here.has_value() != there.has_value());
    auto& client = here ? left : right;
    auto& server = here ? right : left;
    auto peer = client.hand_over(std::move((here ? here : there)->scribe));
    BOOST_REQUIRE(peer);
    BOOST_REQUIRE((twice(client.sys, peer, i) == 2 * i));
    BOOST_REQUIRE(server.told.next<accepted>());
    BOOST_REQUIRE(server.told.next<already_linked>());
    BOOST_TEST(!left.told.has<link_lost>());
    BOOST_TEST(!right.told.has<link_lost>());
    client.front.kick(here ? here->link : there->link);
    BOOST_REQUIRE(left.told.next<link_lost>());
    BOOST_REQUIRE(right.told.next<link_lost>());
  }
}

BOOST_AUTO_TEST_CASE(a_link_that_one_side_lost_silently_is_taken_over) {
  for (std::uint64_t started : {1, 3}) {
    site left{make_node("left", 2)};
    // The same node twice: as if the first had lost its end without a word.
    site before{make_node("right", started)};
    site after{before.id};
    auto old_peer = left.link(before.at);
    BOOST_REQUIRE(old_peer);
    auto down = end_of(*old_peer);
    auto peer = after.link(left.at);
    BOOST_REQUIRE(peer);
    BOOST_TEST((twice(after.sys, *peer, 3) == 6));
    BOOST_TEST(is_ready(down));
    auto lost = left.told.next<link_lost>();
    BOOST_REQUIRE(lost);
    BOOST_TEST(lost->link == left.last);
    BOOST_TEST(left.told.next<accepted>().has_value());
    BOOST_TEST(before.told.next<link_lost>().has_value());
    BOOST_TEST(left.front.counters().replaced == 1u);
    BOOST_TEST(left.front.counters().links == 1u);
    BOOST_TEST(!left.told.has<link_lost>());
  }
}

BOOST_AUTO_TEST_CASE(a_dial_takes_over_what_is_left_of_an_old_link) {
  site right{make_node("right", 2)};
  site left{make_node("left", 1)};
  auto old_peer = left.link(right.at);
  BOOST_REQUIRE(old_peer);
  auto down = end_of(*old_peer);
  left.front.kick(left.last);
  BOOST_REQUIRE(left.told.next<link_lost>());
  // The other side may or may not have noticed yet.
  auto peer = left.link(right.at);
  BOOST_REQUIRE(peer);
  BOOST_TEST((twice(left.sys, *peer, 3) == 6));
  BOOST_TEST(is_ready(down));
}

BOOST_AUTO_TEST_CASE(links_without_encryption_work_as_well) {
  site left{"left", make_config(transport::hmac)};
  site right{"right", make_config(transport::hmac)};
  auto peer = left.link(right.at);
  BOOST_REQUIRE(peer);
  BOOST_TEST((twice(left.sys, *peer, 21) == 42));
}

BOOST_AUTO_TEST_CASE(messages_of_any_size_get_through_both_ways) {
  for (auto how : {transport::tls, transport::hmac}) {
    site left{"left", make_config(how)};
    site right{"right", make_config(how)};
    auto peer = left.link(right.at);
    BOOST_REQUIRE(peer);
    for (std::size_t size : {1, 16'000, 17'000, 1'000'000, 9'000'000}) {
      std::string text(size, 'x');
      caf::scoped_actor self{left.sys};
      auto same = false;
      basp::ask(&*self, *peer, patience, text)
        .receive([&](const std::string& back) { same = back == text; },
                 [](const caf::error&) {});
      BOOST_TEST(same, size);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_version_of_a_link_is_told_at_both_ends) {
  site left{"left"};
  site right{"right"};
  left.front.dial(right.at);
  auto here = left.told.next<dialed>();
  auto there = right.told.next<accepted>();
  BOOST_REQUIRE(here);
  BOOST_REQUIRE(there);
  BOOST_TEST(here->version == newest_version);
  BOOST_TEST(there->version == newest_version);
}

BOOST_AUTO_TEST_CASE(strangers_are_turned_away) {
  auto config = make_config(transport::hmac);
  config.secret = "some other secret";
  site other_secret{"x", config};
  site other_cluster{"y", make_config(transport::hmac),
                     std::chrono::milliseconds{}, "b"};
  site right{"right", make_config(transport::hmac)};
  other_secret.front.dial(right.at);
  auto x = other_secret.told.next<dial_failed>();
  BOOST_REQUIRE(x);
  BOOST_TEST(x->why.ends_with("refused us: the secrets differ"));
  other_cluster.front.dial(right.at);
  x = other_cluster.told.next<dial_failed>();
  BOOST_REQUIRE(x);
  BOOST_TEST(x->why.ends_with("is a node of cluster 'a', we are in 'b'"));
  BOOST_TEST(right.told.next<turned_away>().has_value());
  BOOST_TEST(right.told.next<turned_away>().has_value());
  BOOST_TEST(right.front.counters().admitted == 0u);
}

BOOST_AUTO_TEST_CASE(clients_dial_without_listening_and_are_known_as_such) {
  auto config = make_config();
  config.listen.reset();
  site tool{"right", config, std::chrono::milliseconds{}, "a",
            peer_role::client};
  site right{"right"};
  auto peer = tool.link(right.at);
  BOOST_REQUIRE(peer);
  BOOST_TEST((twice(tool.sys, *peer, 21) == 42));
  auto there = right.told.next<accepted>();
  BOOST_REQUIRE(there);
  BOOST_TEST((there->role == peer_role::client));
}

BOOST_AUTO_TEST_CASE(handles_travel_between_three_systems_in_a_full_mesh) {
  site a{"a"};
  site b{"b"};
  site c{"c"};
  auto b_seen_by_a = a.link(b.at);
  auto c_seen_by_a = a.link(c.at);
  auto c_seen_by_b = b.link(c.at);
  BOOST_REQUIRE(b_seen_by_a);
  BOOST_REQUIRE(c_seen_by_a);
  BOOST_REQUIRE(c_seen_by_b);
  BOOST_TEST((*c_seen_by_a == *c_seen_by_b));
  BOOST_TEST((twice(a.sys, *c_seen_by_a, 1) == 2));
  BOOST_TEST((twice(b.sys, *c_seen_by_b, 2) == 4));
}

BOOST_AUTO_TEST_CASE(datagrams_and_what_was_heard_belong_to_a_living_link) {
  site left{"left"};
  site right{"right"};
  auto peer = left.link(right.at);
  BOOST_REQUIRE(peer);
  auto there = right.told.next<accepted>();
  BOOST_REQUIRE(there);
  left.front.send_datagram(left.last, "beat");
  auto beat = right.told.next<datagram>();
  BOOST_REQUIRE(beat);
  BOOST_TEST(beat->payload == "beat");
  BOOST_TEST(beat->link == there->link);
  BOOST_TEST((beat->peer == left.id));
  right.front.send_datagram(there->link, "and back");
  BOOST_TEST(left.told.next<datagram>().has_value());
  auto before = left.front.last_heard(left.last);
  BOOST_REQUIRE(before);
  BOOST_REQUIRE((twice(left.sys, *peer, 1) == 2));
  BOOST_TEST((left.front.last_heard(left.last) > before));
  left.front.kick(left.last);
  auto lost = left.told.next<link_lost>();
  BOOST_REQUIRE(lost);
  BOOST_TEST((lost->why == link_end::kicked));
  BOOST_TEST((right.told.next<link_lost>()->why == link_end::closed));
  BOOST_TEST(!left.front.last_heard(left.last));
  BOOST_TEST(left.front.unsent(left.last) == 0u);
  left.front.send_datagram(left.last, "nobody sends this");
  BOOST_TEST(left.front.counters().datagrams_sent == 1u);
}

BOOST_AUTO_TEST_CASE(a_stuck_peer_is_too_slow_but_its_door_still_answers) {
  auto config = make_config();
  config.max_frame = 1 << 20;
  config.max_unsent = 4 << 20;
  site left{"left", config};
  site right{"right"};
  auto peer = left.link(right.at);
  BOOST_REQUIRE(peer);
  auto there = right.told.next<accepted>();
  BOOST_REQUIRE(there);
  std::promise<void> released;
  right.sys.middleman().backend().post(
    [free = released.get_future().share()] { free.wait(); });
  send_much(left.sys, *peer, config.max_unsent / 2);
  // Payload waits, or is in the hands of the system; datagrams pass it by.
  left.front.send_datagram(left.last, "beat");
  BOOST_TEST(right.told.next<datagram>().has_value());
  right.front.send_datagram(there->link, "beat");
  BOOST_TEST(left.told.next<datagram>().has_value());
  send_much(left.sys, *peer, 40 << 20);
  auto lost = left.told.next<link_lost>();
  BOOST_TEST(left.front.counters().too_slow == 1u);
  released.set_value();
  BOOST_REQUIRE(lost);
  BOOST_TEST((lost->why == link_end::too_slow));
  BOOST_TEST(right.told.next<link_lost>().has_value());
  BOOST_TEST(left.link(right.at).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
