// SPDX-License-Identifier: MIT
//
// The door's thread without CAF, on loopback.

#include "horde/actors/door/porter.hpp"

#include "actors/door/house.hpp"

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace horde;
using namespace horde::actors;
using namespace horde::actors::test;
using namespace horde::actors::door_events;

BOOST_TEST_DONT_PRINT_LOG_VALUE(errc)
BOOST_TEST_DONT_PRINT_LOG_VALUE(endpoint)
BOOST_TEST_DONT_PRINT_LOG_VALUE(node_id)

BOOST_AUTO_TEST_SUITE(porters)

BOOST_AUTO_TEST_CASE(a_dial_ends_in_a_link_at_both_ends_with_a_fresh_stream) {
  house left{"left"};
  house right{"right"};
  left.dial(right.at);
  auto here = left.told.next<admitted>();
  auto there = right.told.next<admitted>();
  BOOST_REQUIRE(here);
  BOOST_REQUIRE(there);
  BOOST_TEST(here->dialed);
  BOOST_TEST(!there->dialed);
  BOOST_TEST(here->peer.name == "right");
  BOOST_TEST(there->peer.name == "left");
  BOOST_TEST((here->where == right.at));
  BOOST_TEST(there->where.host == "127.0.0.1");
  BOOST_TEST(pass(*here, *there, "to the right") == "to the right");
  BOOST_TEST(pass(*there, *here, "to the left") == "to the left");
  BOOST_TEST(left.counts().dials == 1u);
  BOOST_TEST(right.counts().admitted == 1u);
  BOOST_TEST(right.counts().links == 1u);
}

BOOST_AUTO_TEST_CASE(a_taken_port_is_named_with_the_reason) {
  house first{"first"};
  auto config = make_config();
  config.listen = first.at;
  porter second{config};
  auto result = second.listen();
  auto* why = std::get_if<failure>(&result);
  BOOST_REQUIRE(why);
  BOOST_TEST((why->code == errc::cannot_listen));
  BOOST_TEST(why->what.starts_with("cannot listen on 127.0.0.1:"));
  BOOST_TEST(why->what.ends_with("Address already in use"));
}

BOOST_AUTO_TEST_CASE(a_closed_port_is_reported_as_refused_at_once) {
  house left{"left", 1, patient_for(patience)};
  strange_listener closed;
  endpoint to{"127.0.0.1", closed.port()};
  closed.close();
  left.dial(to);
  auto x = left.told.next<dial_failed>(patience / 2);
  BOOST_REQUIRE(x);
  BOOST_TEST(x->refused);
  BOOST_TEST((x->to == to));
  BOOST_TEST(x->why.find("nothing listens there") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(another_secret_is_refused_on_both_sides) {
  auto config = make_config(transport::hmac);
  config.secret = "some other secret";
  house left{"left", 1, config};
  house right{"right", 1, make_config(transport::hmac)};
  auto x = refused_dial(left, right);
  BOOST_TEST((x.here.code == errc::refused));
  BOOST_TEST(x.here.why
             == to_string(right.at) + " refused us: the secrets differ");
  BOOST_TEST(x.there.why == "127.0.0.1 has another secret");
  BOOST_TEST(right.counts().refused == 1u);
  BOOST_TEST(left.counts().dial_failures == 1u);
}

BOOST_AUTO_TEST_CASE(another_cluster_is_refused_on_both_sides) {
  auto self = make_introduction(make_node("left"));
  self.cluster = "b";
  house left{self, make_config(transport::hmac)};
  house right{"right", 1, make_config(transport::hmac)};
  auto x = refused_dial(left, right);
  BOOST_TEST((x.here.code == errc::refused));
  BOOST_TEST(x.here.why
             == to_string(right.at)
                  + " is a node of cluster 'a', we are in 'b'");
  BOOST_TEST(x.there.why
             == "127.0.0.1 is a node of cluster 'b', we are in 'a'");
  BOOST_TEST(x.here.peer->name == "right");
}

BOOST_AUTO_TEST_CASE(another_version_or_caf_line_is_refused_on_both_sides) {
  auto self = make_introduction(make_node("left"));
  self.min_version = self.max_version = 2;
  house young{self};
  self = make_introduction(make_node("left"));
  self.caf_line = 1;
  house other{self};
  house right{"right"};
  auto x = refused_dial(young, right);
  BOOST_TEST((x.here.code == errc::incompatible_version));
  BOOST_TEST(x.here.why.ends_with("speaks door protocol 1, we speak 2"));
  x = refused_dial(other, right);
  BOOST_TEST((x.here.code == errc::incompatible_version));
  BOOST_TEST(x.here.why.ends_with("runs CAF 0.17, we run CAF 1.x"));
}

BOOST_AUTO_TEST_CASE(a_refused_source_is_reported_once) {
  auto config = make_config();
  config.secret = "some other secret";
  house left{"left", 1, config};
  house right{"right"};
  for (int i = 0; i < 5; ++i) {
    left.dial(right.at);
    BOOST_REQUIRE(left.told.next<dial_failed>());
  }
  // The dialer may know of its refusal before it is counted.
  BOOST_TEST(eventually([&] { return right.counts().refused == 5u; }));
  BOOST_TEST(right.told.next<turned_away>().has_value());
  BOOST_TEST(!right.told.has<turned_away>());
}

BOOST_AUTO_TEST_CASE(a_node_that_dials_itself_learns_it) {
  house left{"left"};
  left.dial(left.at);
  auto x = left.told.next<dial_failed>();
  BOOST_REQUIRE(x);
  BOOST_TEST(x->why.ends_with("is this node itself"));
  BOOST_TEST(x->peer->name == "left");
}

BOOST_AUTO_TEST_CASE(a_second_living_node_of_a_name_is_refused) {
  house right{"right"};
  auto first = std::make_unique<house>("left", 1);
  house second{"left", 2};
  first->dial(right.at);
  auto link = right.told.next<admitted>();
  BOOST_REQUIRE(link);
  second.dial(right.at);
  auto x = second.told.next<dial_failed>();
  BOOST_REQUIRE(x);
  BOOST_TEST((x->code == errc::name_in_use));
  BOOST_TEST(x->why.ends_with("knows a living node named 'left'"));
  BOOST_TEST((right.told.next<turned_away>()->code == errc::name_in_use));
  // The old one ends, now the name is free.
  right.work.on_gone(link->link)();
  BOOST_TEST(right.told.next<link_lost>().has_value());
  second.dial(right.at);
  BOOST_TEST(second.told.next<admitted>().has_value());
}

BOOST_AUTO_TEST_CASE(a_redundant_dial_names_the_link_that_is_there) {
  house left{"left"};
  house right{"right"};
  left.dial(right.at);
  auto link = left.told.next<admitted>();
  BOOST_REQUIRE(link);
  left.dial(right.at);
  auto x = left.told.next<already_linked>();
  BOOST_REQUIRE(x);
  BOOST_TEST((x->link == link->link));
  BOOST_TEST(left.counts().redundant == 1u);
}

BOOST_AUTO_TEST_CASE(a_lost_link_is_told_once_and_can_be_dialed_again) {
  house left{"left"};
  house right{"right"};
  left.dial(right.at);
  auto link = left.told.next<admitted>();
  BOOST_REQUIRE(link);
  auto gone = left.work.on_gone(link->link);
  gone();
  gone();
  auto lost = left.told.next<link_lost>();
  BOOST_REQUIRE(lost);
  BOOST_TEST(lost->link == link->link);
  BOOST_TEST(lost->peer.name == "right");
  // The other side has not noticed: the new link takes over there.
  auto old = right.told.next<admitted>();
  left.dial(right.at);
  auto young = right.told.next<admitted>();
  BOOST_REQUIRE(young);
  BOOST_TEST((young->stale == old->link));
  BOOST_TEST(right.counts().replaced == 1u);
  BOOST_TEST(!left.told.has<link_lost>());
}

BOOST_AUTO_TEST_CASE(fifty_pairs_that_dial_each_other_get_one_link_each) {
  for (int i = 0; i < 50; ++i) {
    house left{"left"};
    house right{"right"};
    left.dial(right.at);
    right.dial(left.at);
    auto here = left.told.next<admitted>();
    auto there = right.told.next<admitted>();
    BOOST_REQUIRE(here);
    BOOST_REQUIRE(there);
    BOOST_TEST(here->dialed != there->dialed);
    BOOST_TEST(pass(*here, *there, "x") == "x");
    // The dial of the other end is over too.
    auto& redundant = here->dialed ? right : left;
    BOOST_TEST(redundant.told.next<already_linked>().has_value());
    BOOST_TEST(!left.told.has<admitted>());
    BOOST_TEST(!right.told.has<admitted>());
  }
}

BOOST_AUTO_TEST_CASE(host_names_are_resolved) {
  house left{"left"};
  house right{"right"};
  left.dial({"localhost", right.at.port});
  auto x = left.told.next<admitted>();
  BOOST_REQUIRE(x);
  BOOST_TEST(x->where.host == "localhost");
}

BOOST_AUTO_TEST_CASE(an_unknown_host_name_is_named) {
  house left{"left"};
  left.dial({"no-such-host.invalid", 4711});
  auto x = left.told.next<dial_failed>();
  BOOST_REQUIRE(x);
  BOOST_TEST(x->why.find("no-such-host.invalid") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(ipv6_and_all_addresses_are_served) {
  auto config = make_config();
  config.listen = endpoint{"", 0};
  house right{"right", 1, config};
  house left{"left"};
  left.dial({"127.0.0.1", right.at.port});
  auto there = right.told.next<admitted>();
  BOOST_REQUIRE(there);
  BOOST_TEST(there->where.host == "127.0.0.1"); // not ::ffff:127.0.0.1
  config.listen = endpoint{"::1", 0};
  porter probe{config};
  auto bound = probe.listen();
  if (std::holds_alternative<failure>(bound))
    return; // no IPv6 on this machine
  house six{"six", 1, config};
  left.dial(six.at);
  BOOST_TEST(left.told.next<admitted>().has_value());
}

BOOST_AUTO_TEST_CASE(a_door_that_shuts_down_says_so) {
  house left{"left"};
  house right{"right"};
  right.work.refuse_callers();
  left.dial(right.at);
  auto x = left.told.next<dial_failed>();
  BOOST_REQUIRE(x);
  BOOST_TEST((x->code == errc::shutting_down));
  BOOST_TEST(x->peer->name == "right");
}

BOOST_AUTO_TEST_CASE(a_stopped_porter_tells_nothing_and_waits_for_nobody) {
  auto left = std::make_unique<house>("left", 1, patient_for(patience));
  strange_listener silent;
  for (int i = 0; i < 5; ++i)
    left->dial({"127.0.0.1", silent.port()});
  left->dial({"no-such-host.invalid", 1});
  auto gone = left->work.on_gone(1);
  left->work.stop();
  BOOST_TEST(!left->told.has<dial_failed>());
  left.reset();
  gone(); // an old scribe
}

BOOST_AUTO_TEST_CASE(dials_from_many_threads_all_end) {
  house left{"left"};
  std::vector<std::unique_ptr<house>> others;
  for (int i = 0; i < 4; ++i)
    others.push_back(std::make_unique<house>("n" + std::to_string(i)));
  std::vector<std::thread> threads;
  for (auto& x : others)
    threads.emplace_back([&left, to = x->at] {
      for (int i = 0; i < 10; ++i)
        left.dial(to);
    });
  for (auto& x : threads)
    x.join();
  BOOST_REQUIRE(eventually([&] { return left.counts().redundant == 36u; }));
  BOOST_TEST(eventually([&] { return left.counts().links == 4u; }));
}

BOOST_AUTO_TEST_SUITE_END()
