// SPDX-License-Identifier: MIT
//
// The door's thread among callers and callees that are silent, slow, many or no
// nodes at all.

#include "horde/actors/door/porter.hpp"

#include "actors/door/house.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <sys/resource.h>

using namespace horde;
using namespace horde::actors;
using namespace horde::actors::test;
using namespace horde::actors::door_events;

BOOST_TEST_DONT_PRINT_LOG_VALUE(errc)
BOOST_TEST_DONT_PRINT_LOG_VALUE(endpoint)
BOOST_TEST_DONT_PRINT_LOG_VALUE(node_id)

BOOST_AUTO_TEST_SUITE(porters_and_strangers)

BOOST_AUTO_TEST_CASE(a_silent_caller_is_dropped_at_the_deadline) {
  house right{"right", 1, patient_for(100ms)};
  auto start = std::chrono::steady_clock::now();
  stranger caller{right.at.port};
  BOOST_TEST(caller.is_closed());
  BOOST_TEST((std::chrono::steady_clock::now() - start >= 100ms));
  auto x = right.told.next<turned_away>();
  BOOST_REQUIRE(x);
  BOOST_TEST((x->code == errc::timeout));
  BOOST_TEST(x->why.ends_with("did not finish the handshake within 100 ms"));
  BOOST_TEST(right.counts().late == 1u);
}

BOOST_AUTO_TEST_CASE(a_slow_caller_does_not_get_more_time_by_talking) {
  auto config = patient_for(200ms);
  config.transport = transport::hmac;
  house right{"right", 1, config};
  stranger caller{right.at.port};
  caller.say("HOR");
  caller.say("DEC");
  BOOST_TEST(caller.is_closed());
  BOOST_TEST(right.counts().late == 1u);
}

BOOST_AUTO_TEST_CASE(garbage_is_dropped_at_once) {
  house right{"right", 1, patient_for(patience)};
  for (std::string text : {crash_frame(0), crash_frame(1),
                           std::string{"GET / HTTP/1.1\r\n\r\n"}}) {
    stranger caller{right.at.port};
    caller.say(text);
    BOOST_TEST(caller.is_closed());
  }
  BOOST_REQUIRE(eventually([&] { return right.counts().refused == 3u; }));
  BOOST_TEST((right.told.next<turned_away>()->code == errc::cannot_connect));
}

BOOST_AUTO_TEST_CASE(what_is_no_horde_node_is_called_so) {
  house left{"left"};
  strange_listener other;
  endpoint to{"127.0.0.1", other.port()};
  left.dial(to);
  auto connection = other.greet("SSH-2.0-OpenSSH_9.2\r\n");
  auto x = left.told.next<dial_failed>();
  BOOST_REQUIRE(x);
  BOOST_TEST(x->why == to_string(to) + " is no horde node");
  left.dial(to);
  other.greet("").reset();
  x = left.told.next<dial_failed>();
  BOOST_REQUIRE(x);
  BOOST_TEST(x->why.find("closed the connection") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(who_does_not_answer_is_given_up_at_the_deadline) {
  house left{"left", 1, patient_for(100ms)};
  strange_listener silent;
  left.dial({"127.0.0.1", silent.port()});
  auto x = left.told.next<dial_failed>();
  BOOST_REQUIRE(x);
  BOOST_TEST((x->code == errc::timeout));
  BOOST_TEST(x->why.ends_with("did not answer within 100 ms"));
}

BOOST_AUTO_TEST_CASE(silent_peers_do_not_delay_other_dials) {
  house left{"left", 1, patient_for(patience)};
  house right{"right"};
  strange_listener silent;
  for (int i = 0; i < 20; ++i)
    left.dial({"127.0.0.1", silent.port()});
  left.dial(right.at);
  BOOST_TEST(left.told.next<admitted>(patience / 2).has_value());
}

BOOST_AUTO_TEST_CASE(a_flood_of_silent_callers_does_not_lock_peers_out) {
  auto config = patient_for(patience);
  config.max_pending = 4;
  house right{"right", 1, config};
  std::vector<std::unique_ptr<stranger>> flood;
  for (int i = 0; i < 20; ++i)
    flood.push_back(std::make_unique<stranger>(right.at.port));
  house left{"left"};
  left.dial(right.at);
  BOOST_TEST(left.told.next<admitted>().has_value());
  BOOST_TEST(right.counts().evicted >= 16u);
  BOOST_TEST(flood.front()->is_closed());
}

BOOST_AUTO_TEST_CASE(without_free_descriptors_the_oldest_callers_go) {
  house right{"right", 1, patient_for(patience)};
  std::vector<std::unique_ptr<stranger>> crowd;
  int highest = 0;
  for (int i = 0; i < 10; ++i) {
    crowd.push_back(std::make_unique<stranger>());
    highest = std::max(highest, crowd.back()->fd());
  }
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  auto scarce = before;
  scarce.rlim_cur = static_cast<rlim_t>(highest) + 3;
  setrlimit(RLIMIT_NOFILE, &scarce);
  for (auto& x : crowd)
    x->connect(right.at.port);
  auto all_in = eventually([&] { return right.counts().accepted == 10u; });
  setrlimit(RLIMIT_NOFILE, &before);
  BOOST_TEST(all_in);
  BOOST_TEST(right.counts().evicted >= 5u);
  house left{"left"};
  left.dial(right.at);
  BOOST_TEST(left.told.next<admitted>().has_value());
}

BOOST_AUTO_TEST_SUITE_END()
