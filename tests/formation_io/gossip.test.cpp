// SPDX-License-Identifier: MIT
//
// Gossip on the loopback interface of this machine, each test on a port of its
// own. Between machines: tests/system/gossip_network.test.cpp.

#include <memory>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "horde/actors/door/socket.hpp"
#include "horde/actors/formation/beacon_seal.hpp"
#include "horde/actors/formation/gossip.hpp"
#include "horde/actors/formation/gossip_sockets.hpp"
#include "horde/actors/formation/strategies.hpp"

using namespace horde;
using namespace horde::formation;
using namespace std::chrono_literals;

namespace {

using list = std::vector<endpoint>;
using clock = std::chrono::steady_clock;

const std::string secret = "a secret that all of them know";

std::uint16_t free_udp_port() {
  return actors::local_port(actors::open_datagrams().get());
}

gossip_settings on_loopback(std::uint16_t port) {
  return {.port = port, .interfaces = {"lo"}, .heartbeat = 100ms};
}

seeker node(std::uint16_t number, const std::string& with = secret) {
  seeker result;
  result.self = {"n" + std::to_string(number), {number, number}};
  result.at = {"127.0.0.1", number};
  result.cluster = "c";
  if (!with.empty())
    result.secrets = {with};
  return result;
}

strategy_ptr make(const seeker& me, const gossip_settings& settings) {
  auto result = gossip_topology("lan", settings).make(me);
  auto* x = std::get_if<strategy_ptr>(&result);
  BOOST_REQUIRE(x != nullptr);
  return std::move(*x);
}

std::string problem(const seeker& me, const gossip_settings& settings) {
  auto result = gossip_topology("lan", settings).make(me);
  auto* x = std::get_if<failure>(&result);
  return x != nullptr ? x->what : "";
}

list found(strategy& x) {
  waker by;
  auto result = x.look_up(by);
  if (auto* why = std::get_if<failure>(&result))
    BOOST_FAIL(why->what);
  return std::get<lookup>(result).nodes;
}

/// Lets all of them work by turns until `done` or for ten seconds.
template <class F>
bool eventually(const std::vector<strategy*>& all, F done) {
  waker by;
  auto end = clock::now() + 10s;
  while (!done()) {
    if (clock::now() > end)
      return false;
    for (auto* x : all)
      x->wait(2ms, by);
  }
  return true;
}

std::uint64_t count(const strategy& x, const std::string& what) {
  for (const auto& counter : x.counters())
    if (counter.name == what)
      return counter.value;
  BOOST_FAIL("nobody counts " + what);
  return 0;
}

/// Somebody who sends what they like to where beacons go.
struct stranger {
  gossip_sockets sockets;

  explicit stranger(std::uint16_t port)
      : sockets({{"233.252.1.32"}, port, 1, false, {"lo"}, true}) {
    BOOST_TEST(!sockets.refresh());
  }

  void send(const std::string& x) {
    BOOST_TEST(!sockets.send([&] { return x; }, true));
  }

  /// What the others said until now.
  std::vector<std::string> record() {
    std::vector<std::string> result;
    sockets.receive(
      [&](const heard_packet& x) { result.emplace_back(x.bytes); });
    return result;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(gossip_tests)

BOOST_AUTO_TEST_CASE(nodes_hear_each_other_and_not_themselves) {
  auto settings = on_loopback(free_udp_port());
  auto a = make(node(1), settings);
  auto b = make(node(2), settings);
  auto c = make(node(3), settings);
  BOOST_TEST((found(*a) == list{}));
  BOOST_TEST(eventually({a.get(), b.get(), c.get()}, [&] {
    return found(*a) == list{{"127.0.0.1", 2}, {"127.0.0.1", 3}}
           && found(*b) == list{{"127.0.0.1", 1}, {"127.0.0.1", 3}}
           && found(*c) == list{{"127.0.0.1", 1}, {"127.0.0.1", 2}};
  }));
  BOOST_TEST(count(*a, "sent") > 0u);
  BOOST_TEST(count(*a, "heard") > 0u);
  BOOST_TEST(count(*a, "forged") == 0u);
}

BOOST_AUTO_TEST_CASE(news_end_a_wait) {
  auto settings = on_loopback(free_udp_port());
  auto a = make(node(1), settings);
  found(*a);
  std::thread other{[&] {
    auto b = make(node(2), settings);
    waker by;
    (void)b->look_up(by);
  }};
  waker by;
  auto begin = clock::now();
  a->wait(1h, by);
  BOOST_TEST((clock::now() - begin < 10s));
  BOOST_TEST((found(*a) == list{{"127.0.0.1", 2}}));
  other.join();
}

BOOST_AUTO_TEST_CASE(a_wait_ends_when_it_is_woken_or_over) {
  auto a = make(node(1), on_loopback(free_udp_port()));
  waker by;
  std::thread other{[&] { by.wake(); }};
  a->wait(1h, by);
  other.join();
  auto begin = clock::now();
  a->wait(20ms, by);
  BOOST_TEST((clock::now() - begin >= 20ms));
  by.stop();
  a->wait(1h, by);
}

BOOST_AUTO_TEST_CASE(who_falls_silent_is_not_named_any_more) {
  auto settings = on_loopback(free_udp_port());
  auto a = make(node(1), settings);
  auto b = make(node(2), settings);
  BOOST_TEST(
    eventually({a.get(), b.get()}, [&] { return !found(*a).empty(); }));
  b.reset();
  BOOST_TEST(eventually({a.get()}, [&] { return found(*a).empty(); }));
}

BOOST_AUTO_TEST_CASE(without_a_secret_nodes_of_this_machine_are_found) {
  auto settings = on_loopback(free_udp_port());
  settings.interfaces.clear();
  auto a = make(node(1, ""), settings);
  auto b = make(node(2, ""), settings);
  BOOST_TEST(eventually({a.get(), b.get()}, [&] {
    return found(*a) == list{{"127.0.0.1", 2}}
           && found(*b) == list{{"127.0.0.1", 1}};
  }));
  auto me = node(1, "");
  me.at.host = "10.0.0.1";
  BOOST_TEST(problem(me, settings)
             == "topology lan: gossip takes a secret, unless the node listens "
                "on loopback");
  for (const auto& i : list_interfaces()) {
    settings.interfaces = {i.name};
    BOOST_TEST(problem(node(1, ""), settings).empty() == i.is_loopback);
  }
}

BOOST_AUTO_TEST_CASE(broadcast_is_another_way) {
  auto settings = on_loopback(free_udp_port());
  settings.broadcast = true;
  auto a = make(node(1), settings);
  auto b = make(node(2), settings);
  BOOST_TEST(eventually({a.get(), b.get()}, [&] {
    return found(*a) == list{{"127.0.0.1", 2}}
           && found(*b) == list{{"127.0.0.1", 1}};
  }));
}

BOOST_AUTO_TEST_CASE(a_node_without_an_address_is_found_where_it_sends) {
  auto settings = on_loopback(free_udp_port());
  auto named = node(1);
  named.at.host = "some-name-that-nobody-knows";
  auto a = make(named, settings);
  auto b = make(node(2), settings);
  BOOST_TEST(eventually({a.get(), b.get()}, [&] {
    return found(*b).size() == 1; // an address of this machine
  }));
  auto at = found(*b).front();
  BOOST_TEST(at.port == 1);
  auto addresses = actors::numeric(at);
  BOOST_TEST((addresses && addresses->size() == 1));
}

BOOST_AUTO_TEST_CASE(two_topologies_of_a_node_are_no_news_for_each_other) {
  auto settings = on_loopback(free_udp_port());
  auto a = make(node(1), settings);
  auto again = make(node(1), settings);
  auto b = make(node(2), settings);
  BOOST_TEST(eventually({a.get(), again.get(), b.get()}, [&] {
    return found(*a).size() == 1 && found(*again).size() == 1
           && found(*b).size() == 1;
  }));
}

BOOST_AUTO_TEST_CASE(clusters_and_secrets_are_kept_apart) {
  auto settings = on_loopback(free_udp_port());
  auto me = node(1);
  auto other_cluster = node(2);
  other_cluster.cluster = "d";
  auto changing = node(4, "another secret of somebody");
  changing.secrets.push_back(secret);
  auto a = make(me, settings);
  auto b = make(other_cluster, settings);
  auto c = make(node(3, "another secret of somebody"), settings);
  auto d = make(changing, settings);
  BOOST_TEST(eventually({a.get(), b.get(), c.get(), d.get()}, [&] {
    return found(*d) == list{{"127.0.0.1", 1}, {"127.0.0.1", 3}}
           && count(*a, "foreign") > 20 && count(*b, "foreign") > 20;
  }));
  BOOST_TEST((found(*a) == list{}));
  BOOST_TEST((found(*b) == list{}));
  BOOST_TEST((found(*c) == list{{"127.0.0.1", 4}}));
  BOOST_TEST(count(*a, "heard") == 0u);
}

BOOST_AUTO_TEST_CASE(secrets_are_changed_while_it_runs) {
  auto settings = on_loopback(free_udp_port());
  auto a = make(node(1), settings);
  auto b = make(node(2, "another secret of somebody"), settings);
  BOOST_TEST(
    eventually({a.get(), b.get()}, [&] { return count(*a, "foreign") > 0; }));
  a->set_secrets({"another secret of somebody", secret});
  BOOST_TEST(eventually({a.get(), b.get()}, [&] {
    return found(*a) == list{{"127.0.0.1", 2}}
           && found(*b) == list{{"127.0.0.1", 1}};
  }));
}

BOOST_AUTO_TEST_CASE(hostile_packets_are_counted_and_do_nothing) {
  auto settings = on_loopback(free_udp_port());
  auto a = make(node(1), settings);
  auto b = make(node(2), settings);
  stranger x{settings.port};
  BOOST_TEST(
    eventually({a.get(), b.get()}, [&] { return !found(*a).empty(); }));
  auto recorded = x.record();
  BOOST_REQUIRE(recorded.size() > 1u);
  for (const auto& packet : recorded) {
    x.send(packet); // again
    auto changed = packet;
    changed.back() ^= 1;
    changed[29] ^= 64; // another number
    x.send(changed);
    x.send(packet.substr(0, 40));            // too short
    x.send(packet + std::string(1200, 'x')); // too long
  }
  x.send("");
  x.send(std::string(8000, 'x'));
  BOOST_TEST(eventually({a.get(), b.get()}, [&] {
    return count(*a, "repeated") > 0 && count(*a, "forged") > 0
           && count(*a, "malformed") >= 2 * recorded.size() + 2;
  }));
  BOOST_TEST((found(*a) == list{{"127.0.0.1", 2}}));
  BOOST_TEST((found(*b) == list{{"127.0.0.1", 1}}));
}

BOOST_AUTO_TEST_CASE(what_was_recorded_yesterday_names_nobody) {
  auto settings = on_loopback(free_udp_port());
  auto a = make(node(1), settings);
  found(*a);
  stranger x{settings.port};
  beacon_seal seal{{secret}, "c"};
  auto sent = std::chrono::time_point_cast<std::chrono::nanoseconds>(
    std::chrono::system_clock::now() - 24h);
  x.send(seal.seal(
    {{"n9", {9, 9}}, {"10.0.0.9", 9}, wall_time{sent.time_since_epoch()}}));
  BOOST_TEST(eventually({a.get()}, [&] { return count(*a, "off_time") == 1; }));
  BOOST_TEST((found(*a) == list{}));
}

BOOST_AUTO_TEST_CASE(settings_that_cannot_work_are_refused_by_name) {
  auto read = [](const settings_map& more) -> std::string {
    settings_map all{{"strategy", "gossip"}};
    all.insert(more.begin(), more.end());
    auto result = read_topology("lan", all);
    auto* why = std::get_if<failure>(&result);
    if (why == nullptr)
      return "";
    BOOST_TEST((why->code == errc::bad_option));
    return why->what;
  };
  BOOST_TEST(read({}) == "");
  BOOST_TEST(read({{"multicast_addr", "239.1.2.3, ff15::1"},
                   {"port", "1"},
                   {"ttl", "255"},
                   {"interface", "lo,eth0"},
                   {"broadcast", "true"},
                   {"heartbeat", "1s"},
                   {"interval", "1s"}})
             == "");
  for (auto text :
       {"10.0.0.1", "239.1.2.3,239.1.2.4", "name", "", "ff15::1,::1"})
    BOOST_TEST(
      read({{"multicast_addr", text}})
        .starts_with("topology lan: multicast_addr: takes a multicast"),
      text);
  BOOST_TEST(read({{"port", "0"}})
             == "topology lan: port = '0': takes a number from 1 to 65535");
  BOOST_TEST(read({{"ttl", "0"}})
             == "topology lan: ttl = '0': takes a number from 1 to 255");
  BOOST_TEST(read({{"heartbeat", "1ms"}})
             == "topology lan: heartbeat: takes 100ms to 1h");
  BOOST_TEST(read({{"multicast", "239.1.2.3"}})
             == "topology lan: there is no setting 'multicast'");
  BOOST_TEST(problem(node(1), {.multicast_addr = {}})
               .starts_with("topology lan: multicast_addr"));
  BOOST_TEST(problem(node(1), {.ttl = 256})
             == "topology lan: ttl: takes a number from 1 to 255");
}

BOOST_AUTO_TEST_CASE(an_interface_that_is_not_there_is_a_failure) {
  auto settings = on_loopback(free_udp_port());
  settings.interfaces = {"none0"};
  auto a = make(node(1), settings);
  waker by;
  auto result = a->look_up(by);
  auto* why = std::get_if<failure>(&result);
  BOOST_REQUIRE(why != nullptr);
  BOOST_TEST(
    why->what.ends_with("none of the wanted network interfaces is up"));
}

BOOST_AUTO_TEST_SUITE_END()
