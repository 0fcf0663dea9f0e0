// SPDX-License-Identifier: MIT
//
// Gossip between machines: each node is a thread in a network namespace of its
// own, all at one switch. What was measured is printed.

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <iostream>
#include <memory>
#include <mutex>
#include <thread>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <time.h>

#include <boost/test/unit_test.hpp>

#include "horde/actors/door/socket.hpp"
#include "horde/actors/formation/beacon_seal.hpp"
#include "horde/actors/formation/gossip.hpp"
#include "support/network.hpp"
#include "support/process.hpp"
#include "system/skip.hpp"

using namespace horde;
using namespace horde::formation;
using namespace horde::test;
using namespace std::chrono_literals;

namespace {

using clock_type = std::chrono::steady_clock;
using list = std::vector<endpoint>;

const std::string secret = "a secret that all of them know";

double seconds(clock_type::duration x) {
  return std::chrono::duration<double>(x).count();
}

/// A thread's share of a core until now.
double cpu_seconds() {
  timespec x{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &x);
  return static_cast<double>(x.tv_sec) + static_cast<double>(x.tv_nsec) * 1e-9;
}

/// What a topology does, without the plan: look, wait, look.
class gossip_node {
public:
  gossip_node(const network& net, network::host where,
              gossip_settings settings = {}) {
    settings.heartbeat = 500ms;
    thread_ = std::thread{[this, &net, where, settings] {
      net.enter(where);
      run(where, settings);
    }};
  }

  ~gossip_node() {
    by_.stop();
    thread_.join();
  }

  /// Until what it finds is as wanted, at most for ten seconds.
  template <class F>
  bool wait_for(F is_wanted) {
    std::unique_lock lock{guard_};
    return changed_.wait_for(lock, 10s, [&] { return is_wanted(last_); });
  }

  bool finds(const list& wanted) {
    return wait_for([&](const lookup_result& x) {
      auto* found = std::get_if<lookup>(&x);
      return found != nullptr && found->nodes == wanted;
    });
  }

  bool fails() {
    return wait_for([](const lookup_result& x) {
      return std::holds_alternative<failure>(x);
    });
  }

  bool counts(const std::string& what, std::uint64_t at_least) {
    return wait_for([&](const auto&) { return value_of(what) >= at_least; });
  }

  std::uint64_t count(const std::string& what) const {
    std::lock_guard lock{guard_};
    return value_of(what);
  }

  double cpu() const {
    std::lock_guard lock{guard_};
    return cpu_;
  }

private:
  std::uint64_t value_of(const std::string& what) const {
    for (const auto& x : counts_)
      if (x.name == what)
        return x.value;
    return 0;
  }

  void run(network::host where, const gossip_settings& settings) {
    seeker me;
    me.self = {"n" + std::to_string(where), {where + 1, where + 1}};
    me.at = {"a-name-that-nobody-knows", 4711};
    me.cluster = "c";
    me.secrets = {secret};
    auto made = gossip_topology("lan", settings).make(me);
    auto& x = *std::get<strategy_ptr>(made);
    while (!by_.is_stopped()) {
      auto result = x.look_up(by_);
      {
        std::lock_guard lock{guard_};
        last_ = std::move(result);
        counts_ = x.counters();
        cpu_ = cpu_seconds();
      }
      changed_.notify_all();
      x.wait(100ms, by_);
    }
  }

  mutable std::mutex guard_;
  std::condition_variable changed_;
  lookup_result last_ = lookup{};
  std::vector<formation_counter> counts_;
  double cpu_ = 0;
  waker by_;
  std::thread thread_;
};

endpoint at(network::host x) {
  return {network::address(x), 4711};
}

struct needs_networks {
  needs_networks() {
    skip_unless([] {
      remove_old_networks();
      network{2};
    });
  }
};

void ip(const network& net, network::host where,
        std::vector<std::string> args) {
  args.insert(args.begin(), "ip");
  auto done = run(net.on(where, args));
  BOOST_REQUIRE_MESSAGE(done.exit_code == 0, done.out);
}

/// Sends copies of a packet from `where` as fast as it can; with `renewed` each
/// of a stream of its own, which is the dearest. How many a second.
double flood(const network& net, network::host where, const std::string& packet,
             bool renewed) {
  constexpr std::size_t at_once = 64;
  net.enter(where);
  actors::unique_fd out{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  auto to = actors::numeric({"233.252.1.32", 45892})->front();
  in_addr from{inet_addr(network::address(where).c_str())};
  setsockopt(out.get(), IPPROTO_IP, IP_MULTICAST_IF, &from, sizeof from);
  std::vector<std::string> copies(at_once, packet);
  iovec parts[at_once];
  mmsghdr heads[at_once] = {};
  for (std::size_t i = 0; i < at_once; ++i) {
    parts[i] = {copies[i].data(), copies[i].size()};
    auto& x = heads[i].msg_hdr;
    x.msg_name = &to.raw;
    x.msg_namelen = to.size;
    x.msg_iov = &parts[i];
    x.msg_iovlen = 1;
  }
  auto begin = clock_type::now();
  std::uint64_t sent = 0;
  while (clock_type::now() - begin < 3s) {
    for (std::uint64_t i = 0; i < at_once && renewed; ++i) {
      auto name = sent + i;
      std::memcpy(copies[i].data() + 13, &name, sizeof name);
    }
    auto n = ::sendmmsg(out.get(), heads, at_once, 0);
    sent += static_cast<std::uint64_t>(std::max(n, 0));
  }
  return static_cast<double>(sent) / seconds(clock_type::now() - begin);
}

} // namespace

BOOST_TEST_GLOBAL_FIXTURE(needs_networks);

BOOST_AUTO_TEST_SUITE(gossip_network_tests)

BOOST_AUTO_TEST_CASE(nodes_of_a_network_find_each_other_by_multicast) {
  network net{3};
  auto begin = clock_type::now();
  gossip_node a{net, 0}, b{net, 1}, c{net, 2};
  BOOST_TEST(a.finds({at(1), at(2)}));
  BOOST_TEST(b.finds({at(0), at(2)}));
  BOOST_TEST(c.finds({at(0), at(1)}));
  std::cout << "three nodes found each other in "
            << seconds(clock_type::now() - begin) << " s\n";
}

BOOST_AUTO_TEST_CASE(by_ipv6_alone) {
  network net{2};
  gossip_settings settings{.multicast_addr = {"ff12::b344"}};
  gossip_node a{net, 0, settings}, b{net, 1, settings};
  auto is_there = [](const lookup_result& x) {
    auto* found = std::get_if<lookup>(&x);
    return found != nullptr && found->nodes.size() == 1
           && found->nodes.front().host.starts_with("fe80::")
           && found->nodes.front().host.ends_with("%eth0");
  };
  BOOST_TEST(a.wait_for(is_there));
  BOOST_TEST(b.wait_for(is_there));
}

BOOST_AUTO_TEST_CASE(by_broadcast) {
  network net{2};
  gossip_settings settings{.broadcast = true};
  gossip_node a{net, 0, settings}, b{net, 1, settings};
  BOOST_TEST(a.finds({at(1)}));
  BOOST_TEST(b.finds({at(0)}));
}

BOOST_AUTO_TEST_CASE(on_the_interface_with_an_address) {
  network net{2};
  gossip_settings settings{.interfaces = {network::address(0)}};
  gossip_node a{net, 0, settings}, b{net, 1};
  BOOST_TEST(a.finds({at(1)}));
  BOOST_TEST(b.finds({at(0)}));
}

BOOST_AUTO_TEST_CASE(over_each_interface_or_those_that_are_named) {
  network net{3};
  net.connect_directly(0, 1);
  gossip_settings direct{.interfaces = {"eth1"}};
  gossip_node a{net, 0, direct}, b{net, 1}, c{net, 2};
  const endpoint a_direct{network::direct_address(0), 4711};
  const endpoint b_direct{network::direct_address(1), 4711};
  BOOST_TEST(a.finds({b_direct}));
  BOOST_TEST(b.finds({at(2), a_direct}));
  BOOST_TEST(c.finds({at(1)}));
}

BOOST_AUTO_TEST_CASE(an_interface_that_comes_later_is_used) {
  network net{2};
  ip(net, 0, {"link", "set", "eth0", "down"});
  gossip_settings settings{.interfaces = {"eth0"}};
  gossip_node a{net, 0, settings}, b{net, 1, settings};
  BOOST_TEST(a.fails());
  ip(net, 0, {"link", "set", "eth0", "up"});
  BOOST_TEST(a.finds({at(1)}));
  BOOST_TEST(b.finds({at(0)}));
  net.unplug(1);
  BOOST_TEST(a.finds({}));
  net.plug_in(1);
  BOOST_TEST(a.finds({at(1)}));
}

BOOST_AUTO_TEST_CASE(a_flood_of_strangers_does_not_hide_the_nodes) {
  network net{3};
  beacon_seal known{{secret}, "c"};
  beacon_seal foreign{{"another secret of somebody"}, "c"};
  beacon x{{"n9", {9, 9}}, {"10.0.0.9", 9}, {}};
  auto real = known.seal(x);
  std::vector<std::pair<std::string, std::string>> kinds{
    {"malformed", std::string(200, 'x')},
    {"foreign", foreign.seal(x)},
    {"forged", real}};
  for (auto& [kind, packet] : kinds) {
    gossip_node a{net, 0};
    BOOST_TEST(a.finds({}));
    auto cpu = a.cpu();
    double rate = 0;
    auto begin = clock_type::now();
    std::thread stranger{[&, packet = packet, renewed = kind == "forged"] {
      rate = flood(net, 2, packet, renewed);
    }};
    BOOST_TEST(a.counts(kind, 1000)); // it goes on for three seconds
    auto started = clock_type::now();
    gossip_node b{net, 1};
    BOOST_TEST(a.finds({at(1)}));
    auto found = clock_type::now() - started;
    stranger.join();
    auto took = seconds(clock_type::now() - begin);
    std::cout << kind << ": " << rate << " packets/s, " << a.count(kind)
              << " counted, " << (a.cpu() - cpu) / took
              << " of a core; a node was found after " << seconds(found)
              << " s\n";
    BOOST_TEST(a.finds({at(1)}));
  }
}

BOOST_AUTO_TEST_SUITE_END()
