// SPDX-License-Identifier: MIT
//
// Whole nodes that find each other by gossip and by DNS, without any seed.

#include <memory>

#include <boost/test/unit_test.hpp>

#include "horde/actors/formation/dns.hpp"
#include "horde/actors/formation/gossip.hpp"
#include "horde/horde.hpp"
#include "support/dns_server.hpp"
#include "support/eventually.hpp"

using namespace horde;
using namespace horde::formation;
using namespace horde::test;
using namespace std::chrono_literals;

namespace {

const std::string secret = "a secret that all of them know";

struct machine {
  explicit machine(topology how, endpoint listen = {"127.0.0.1", 0},
                   const std::string& with = secret) {
    auto settings = cfg.defaults;
    settings.listen = std::move(listen);
    settings.secret = with;
    how.interval = 200ms;
    settings.formation.push_back(std::move(how));
    auto started = node::start(sys, std::move(settings));
    if (!started)
      BOOST_FAIL(render(started.error()));
    node = *started;
  }
  ~machine() { node.stop(); }

  bool sees(std::size_t count) { return node.wait_for_nodes(count, patience); }
  formation_status formed() const { return node.status().formation.front(); }

  config cfg;
  caf::actor_system sys{cfg};
  horde::node node;
};

topology lan(std::uint16_t port, const std::string& name = "lan") {
  return gossip_topology(
    name, {.port = port, .interfaces = {"lo"}, .heartbeat = 500ms});
}

std::uint16_t free_udp_port() {
  return actors::local_port(actors::open_datagrams().get());
}

std::uint64_t count(const machine& x, const std::string& what) {
  for (const auto& counter : x.formed().counters)
    if (counter.name == what)
      return counter.value;
  return 0;
}

} // namespace

BOOST_AUTO_TEST_SUITE(found_nodes_tests)

BOOST_AUTO_TEST_CASE(nodes_that_gossip_become_one_cluster) {
  auto port = free_udp_port();
  machine a{lan(port)}, b{lan(port)}, c{lan(port)};
  BOOST_TEST(a.sees(3));
  BOOST_TEST(b.sees(3));
  BOOST_TEST(c.sees(3));
  BOOST_TEST(a.formed().kind == "gossip");
  BOOST_TEST(eventually([&] { return count(a, "heard") > 0; }));
}

BOOST_AUTO_TEST_CASE(a_node_that_starts_again_is_found_at_its_new_address) {
  auto port = free_udp_port();
  machine a{lan(port)};
  auto b = std::make_unique<machine>(lan(port));
  BOOST_TEST(a.sees(2));
  auto before = b->node.at();
  b.reset();
  b = std::make_unique<machine>(lan(port));
  BOOST_TEST(to_string(b->node.at()) != to_string(before));
  BOOST_TEST(b->sees(2));
  BOOST_TEST(a.sees(2));
}

BOOST_AUTO_TEST_CASE(another_secret_is_another_cluster_until_it_is_changed) {
  auto port = free_udp_port();
  machine a{lan(port)};
  machine b{lan(port), {"127.0.0.1", 0}, "another secret of somebody"};
  BOOST_TEST(eventually([&] { return count(a, "foreign") > 1; }));
  BOOST_TEST(a.formed().addresses.empty());
  BOOST_TEST(a.node.status().nodes.empty());
  BOOST_TEST(static_cast<bool>(
    b.node.set_secrets({secret, "another secret of somebody"})));
  BOOST_TEST(a.sees(2));
  BOOST_TEST(b.sees(2));
}

BOOST_AUTO_TEST_CASE(dns_brings_nodes_together_and_no_stranger_in) {
  dns_server dns;
  dns.set_hosts("127.0.0.1 nodes.test\n127.0.0.2 nodes.test\n"
                "127.0.0.3 nodes.test\n127.0.0.4 nodes.test\n");
  auto by_dns = dns_topology("dns", {.query = "nodes.test",
                                     .family = dns_family::ipv4,
                                     .access = dns.access()});
  auto nobody = lan(free_udp_port());
  machine stranger{nobody, {"127.0.0.3", 0}, "another secret of somebody"};
  auto port = stranger.node.at().port;
  machine a{by_dns, {"127.0.0.1", port}};
  machine b{by_dns, {"127.0.0.2", port}};
  BOOST_TEST(a.sees(2));
  BOOST_TEST(b.sees(2));
  BOOST_TEST(eventually([&] { return a.formed().strangers > 0; }));
  BOOST_TEST(a.formed().addresses.size() == 3u); // without its own
  BOOST_TEST(a.node.status().nodes.size() == 1u);
  BOOST_TEST(stranger.node.status().nodes.empty());
  dns.stop();
  BOOST_TEST(eventually([&] { return a.formed().lookups_failed > 0; }));
  BOOST_TEST(a.sees(2));
  BOOST_TEST(a.formed().addresses.size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_node_does_not_start_with_settings_that_cannot_work) {
  config cfg;
  caf::actor_system sys{cfg};
  auto settings = cfg.defaults;
  settings.listen = {"0.0.0.0", 0};
  settings.secret = secret;
  settings.formation.push_back(gossip_topology("lan", {.ttl = 0}));
  auto x = node::start(sys, settings);
  BOOST_REQUIRE(!x);
  BOOST_TEST(render(x.error()).find("topology lan: ttl: takes")
             != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_TEST_GLOBAL_FIXTURE(needs_dnsmasq);
