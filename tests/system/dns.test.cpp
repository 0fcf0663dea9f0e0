// SPDX-License-Identifier: MIT
//
// DNS as dnsmasq serves it, on a port of this machine. Skipped without it.

#include <algorithm>
#include <cstdlib>
#include <set>

#include "formation_io/support.hpp"
#include "horde/actors/door/socket.hpp"
#include "horde/actors/formation/dns.hpp"
#include "support/dns_server.hpp"

using namespace horde;
using namespace horde::formation;
using namespace horde::test;
using namespace std::chrono_literals;

namespace {

/// A strategy and what it finds.
struct finder {
  waker by;
  strategy_ptr x;

  explicit finder(dns_settings settings)
      : x(make(dns_topology("x", std::move(settings)), a_seeker("n1", 4711))) {}

  lookup_result look() { return x->look_up(by); }
  endpoints found() {
    auto result = nodes_of(look());
    std::sort(result.begin(), result.end());
    return result;
  }
};

} // namespace

BOOST_TEST_GLOBAL_FIXTURE(needs_dnsmasq);

BOOST_AUTO_TEST_SUITE(dns_server_tests)

BOOST_AUTO_TEST_CASE(all_addresses_of_a_name_are_nodes) {
  dns_server dns;
  dns.set_hosts("10.0.0.1 nodes.test\n10.0.0.2 nodes.test\n"
                "fd00::1 nodes.test\n10.0.0.9 other.test\n");
  finder x{{.query = "nodes.test", .access = dns.access()}};
  BOOST_TEST(
    (x.found()
     == endpoints{{"10.0.0.1", 4711}, {"10.0.0.2", 4711}, {"fd00::1", 4711}}));
  finder v4{{.query = "nodes.test.",
             .family = dns_family::ipv4,
             .port = 5,
             .access = dns.access()}};
  BOOST_TEST((v4.found() == endpoints{{"10.0.0.1", 5}, {"10.0.0.2", 5}}));
  finder v6{{.query = "nodes.test",
             .family = dns_family::ipv6,
             .access = dns.access()}};
  BOOST_TEST((v6.found() == endpoints{{"fd00::1", 4711}}));
}

BOOST_AUTO_TEST_CASE(an_answer_says_how_long_it_is_valid) {
  dns_server dns;
  dns.set_hosts("10.0.0.1 nodes.test\n");
  finder x{{.query = "nodes.test", .access = dns.access()}};
  auto result = x.look();
  BOOST_TEST(nodes_of(result).size() == 1u);
  BOOST_TEST((std::get<lookup>(result).valid_for == 7s));
}

BOOST_AUTO_TEST_CASE(answers_change_while_it_runs) {
  dns_server dns;
  finder x{{.query = "nodes.test", .access = dns.access()}};
  for (auto text : {"10.0.0.1", "10.0.0.2", "10.0.0.3"}) {
    dns.set_hosts(std::string{text} + " nodes.test\n");
    BOOST_TEST((x.found() == endpoints{{text, 4711}}));
  }
}

BOOST_AUTO_TEST_CASE(a_name_that_is_not_there_is_a_failure) {
  dns_server dns;
  finder x{{.query = "nodes.test", .access = dns.access()}};
  auto result = x.look();
  BOOST_TEST(problem_of(result).ends_with("there is no such name (NXDOMAIN)"));
  BOOST_TEST((std::get<failure>(result).code == errc::not_found));
  dns.set_hosts("10.0.0.1 nodes.test\n");
  BOOST_TEST((x.found() == endpoints{{"10.0.0.1", 4711}}));
}

BOOST_AUTO_TEST_CASE(a_name_without_records_of_a_kind_names_nobody) {
  dns_server dns;
  dns.set_hosts("10.0.0.1 nodes.test\n");
  finder x{{.query = "nodes.test",
            .family = dns_family::ipv6,
            .access = dns.access()}};
  BOOST_TEST((x.found() == endpoints{}));
}

BOOST_AUTO_TEST_CASE(a_server_that_is_stopped_is_a_failure_until_it_is_back) {
  dns_server dns;
  dns.set_hosts("10.0.0.1 nodes.test\n");
  finder x{{.query = "nodes.test", .access = dns.access(1s)}};
  BOOST_TEST(x.found().size() == 1u);
  dns.stop();
  auto result = x.look();
  BOOST_TEST(problem_of(result) != "");
  BOOST_TEST((std::get<failure>(result).code != errc::not_found));
  dns.start();
  BOOST_TEST(x.found().size() == 1u);
}

BOOST_AUTO_TEST_CASE(another_server_is_asked_when_the_first_is_not_there) {
  dns_server dns;
  dns.set_hosts("10.0.0.1 nodes.test\n");
  auto access = dns.access();
  auto nobody = actors::local_port(actors::open_datagrams().get());
  access.servers.insert(access.servers.begin(),
                        "127.0.0.1:" + std::to_string(nobody));
  finder x{{.query = "nodes.test", .access = access}};
  BOOST_TEST(x.found().size() == 1u);
}

BOOST_AUTO_TEST_CASE(three_hundred_addresses_come_over_tcp) {
  dns_server dns;
  std::string text;
  std::set<endpoint> expected;
  for (auto i = 0; i < 300; ++i) {
    auto host =
      "10.1." + std::to_string(i / 200) + "." + std::to_string(i % 200 + 1);
    text += host + " nodes.test\n";
    expected.insert({host, 4711});
  }
  dns.set_hosts(text);
  finder x{{.query = "nodes.test", .access = dns.access()}};
  auto all = x.found();
  BOOST_TEST(all.size() == 300u);
  BOOST_TEST((std::set<endpoint>(all.begin(), all.end()) == expected));
}

BOOST_AUTO_TEST_CASE(services_tell_hosts_and_ports) {
  std::vector<std::string> services;
  for (auto i = 0; i < 300; ++i)
    services.push_back("--srv-host=_horde._tcp.test,pod-" + std::to_string(i)
                       + ".nodes.test," + std::to_string(5000 + i));
  dns_server dns{services};
  finder x{{.query = "_horde._tcp.test",
            .records = dns_records::srv,
            .port = 9,
            .access = dns.access()}};
  auto all = x.found();
  BOOST_TEST(all.size() == 300u);
  BOOST_TEST((std::set<endpoint>(all.begin(), all.end())
                .contains({"pod-299.nodes.test", 5299})));
  auto result = x.look();
  BOOST_TEST((std::get<lookup>(result).valid_for == 7s));
}

BOOST_AUTO_TEST_CASE(a_headless_service_of_kubernetes_is_found) {
  dns_server dns{
    {"--local=/cluster.local/", "--local=/lab.example/",
     "--srv-host=web.apps.svc.lab.example,web-0.web.apps.svc.lab.example,1",
     "--srv-host=_horde._tcp.web.apps.svc.lab.example,"
     "web-1.web.apps.svc.lab.example,2"}};
  dns.set_hosts("10.0.0.1 web.apps.svc.cluster.local\n"
                "10.0.0.2 web.apps.svc.lab.example\n");
  auto find = [](const kubernetes_dns_settings& settings) {
    waker by;
    auto x = make(kubernetes_dns_topology("x", settings), a_seeker("n1", 7));
    return nodes_of(x->look_up(by));
  };
  kubernetes_dns_settings x{
    .service = "web", .kubernetes_namespace = "apps", .access = dns.access()};
  BOOST_TEST((find(x) == endpoints{{"10.0.0.1", 7}}));
  x.domain = "lab.example";
  BOOST_TEST((find(x) == endpoints{{"10.0.0.2", 7}}));
  x.records = dns_records::srv;
  BOOST_TEST((find(x) == endpoints{{"web-0.web.apps.svc.lab.example", 1}}));
  x.port_name = "horde";
  BOOST_TEST((find(x) == endpoints{{"web-1.web.apps.svc.lab.example", 2}}));
  x.domain.clear();
  x.port_name.clear();
  ::setenv("CLUSTER_DOMAIN", "lab.example.", 1);
  BOOST_TEST((find(x) == endpoints{{"web-0.web.apps.svc.lab.example", 1}}));
  ::unsetenv("CLUSTER_DOMAIN");
}

BOOST_AUTO_TEST_SUITE_END()
