// SPDX-License-Identifier: MIT

#include <algorithm>
#include <chrono>
#include <fstream>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "horde/actors/formation/kubernetes.hpp"
#include "horde/actors/formation/strategies.hpp"
#include "support/eventually.hpp"
#include "support/kubernetes_api.hpp"

using namespace horde;
using namespace horde::formation;
using namespace horde::test;
using namespace std::chrono_literals;

namespace {

using json = nlohmann::json;

json pod(const std::string& ip, const std::string& app = "shop") {
  return {{"metadata", {{"labels", {{"app", app}}}}},
          {"status", {{"podIP", ip}, {"phase", "Running"}}}};
}

std::string text_of(const lookup_result& x) {
  if (auto* why = std::get_if<failure>(&x))
    return "failure: " + why->what;
  auto nodes = std::get<lookup>(x).nodes;
  std::sort(nodes.begin(), nodes.end());
  std::string result;
  for (const auto& each : nodes)
    result += (result.empty() ? "" : " ") + to_string(each);
  return result;
}

kubernetes_settings settings_for(const kubernetes_api& api) {
  kubernetes_settings result;
  result.selector = "app=shop";
  result.source = kubernetes_source::pods;
  result.port = "1";
  result.api = api.url();
  result.account = api.account();
  return result;
}

/// A strategy and what calls it.
struct client {
  waker by;
  strategy_ptr it;

  explicit client(const kubernetes_settings& settings) {
    auto made = kubernetes_topology("k8s", settings).make({});
    auto* why = std::get_if<failure>(&made);
    BOOST_REQUIRE_MESSAGE(why == nullptr, (why ? why->what : ""));
    it = std::get<strategy_ptr>(std::move(made));
  }

  std::string look_up() { return text_of(it->look_up(by)); }

  /// Waits as a topology does, whose next lookup is far away unless said
  /// otherwise.
  bool finds(const std::string& wanted, duration interval = patience) {
    auto until = std::chrono::steady_clock::now() + patience;
    for (;;) {
      auto found = look_up();
      if (found == wanted)
        return true;
      auto left = until - std::chrono::steady_clock::now();
      if (left <= 0s) {
        BOOST_TEST_MESSAGE("found " << found);
        return false;
      }
      it->wait(std::min<duration>(interval, left), by);
    }
  }
};

struct bench {
  kubernetes_api api;
  client x{settings_for(api)};

  std::string url() const { return api.url().substr(8); }
};

/// What is asked after a mark.
std::vector<std::string> asked_since(const kubernetes_api& api,
                                     std::size_t mark) {
  auto all = api.asked();
  return {all.begin() + static_cast<std::ptrdiff_t>(mark), all.end()};
}

} // namespace

BOOST_AUTO_TEST_SUITE(kubernetes_tests)

BOOST_AUTO_TEST_CASE(lists_then_watches) {
  bench b;
  b.api.put("pods", "a", pod("10.0.0.1"));
  b.api.put("pods", "other", pod("10.0.9.9", "web"));
  b.api.put("pods", "far", pod("10.0.9.8"), "elsewhere");
  BOOST_TEST(b.x.look_up() == "10.0.0.1:1");
  b.api.put("pods", "b", pod("10.0.0.2"));
  BOOST_TEST(b.x.finds("10.0.0.1:1 10.0.0.2:1"));
  b.api.put("pods", "b", pod("10.0.0.3"));
  BOOST_TEST(b.x.finds("10.0.0.1:1 10.0.0.3:1"));
  b.api.erase("pods", "a");
  BOOST_TEST(b.x.finds("10.0.0.3:1"));
  BOOST_TEST(b.x.look_up() == "10.0.0.3:1");
  BOOST_TEST(b.api.count("list") == 1u);
  BOOST_TEST(b.api.count("watch") == 1u);
  BOOST_TEST(
    (b.x.it->counters()
     == std::vector<formation_counter>{{"requests", 2}, {"watching", 1}}));
}

BOOST_AUTO_TEST_CASE(slices_and_endpoints_are_told_alike) {
  kubernetes_api api;
  json meta{
    {"labels", {{"app", "shop"}, {"kubernetes.io/service-name", "horde"}}}};
  json ports{{{"name", "horde"}, {"port", 4711}}};
  api.put(
    "endpointslices", "horde-x",
    {{"metadata", meta},
     {"endpoints", {{{"addresses", {"10.0.0.1"}}, {"hostname", "horde-0"}}}},
     {"ports", ports}});
  api.put(
    "endpoints", "horde",
    {{"metadata", meta},
     {"subsets", {{{"addresses", {{{"ip", "10.0.0.2"}}}}, {"ports", ports}}}}});
  auto settings = settings_for(api);
  settings.port = "horde";
  settings.source = kubernetes_source::endpoints;
  BOOST_TEST(client{settings}.look_up() == "10.0.0.2:4711");
  settings.source = kubernetes_source::slices;
  BOOST_TEST(client{settings}.look_up() == "10.0.0.1:4711");
  settings.naming = kubernetes_naming::hostname;
  BOOST_TEST(client{settings}.look_up()
             == "horde-0.horde.shop.svc.cluster.local:4711");
  settings.domain = "prod.example.";
  settings.naming = kubernetes_naming::dns;
  BOOST_TEST(client{settings}.look_up()
             == "10-0-0-1.shop.pod.prod.example:4711");
}

BOOST_AUTO_TEST_CASE(several_namespaces_or_all) {
  kubernetes_api api;
  api.put("pods", "a", pod("10.0.0.1"), "one");
  api.put("pods", "a", pod("10.0.0.2"), "two");
  api.put("pods", "a", pod("10.0.0.3"), "three");
  auto settings = settings_for(api);
  settings.namespaces = {"one", "two"};
  client some{settings};
  BOOST_TEST(some.look_up() == "10.0.0.1:1 10.0.0.2:1");
  BOOST_TEST(api.count("watch") == 2u);
  api.put("pods", "b", pod("10.0.0.9"), "two");
  BOOST_TEST(some.finds("10.0.0.1:1 10.0.0.2:1 10.0.0.9:1"));
  settings.namespaces = {"*"};
  BOOST_TEST(client{settings}.look_up()
             == "10.0.0.1:1 10.0.0.2:1 10.0.0.3:1 10.0.0.9:1");
}

BOOST_AUTO_TEST_CASE(pages_are_put_together) {
  bench b;
  b.api.limit_pages(3);
  std::string all;
  for (char c = '0'; c <= '9'; ++c) {
    b.api.put("pods", std::string{"pod-"} + c, pod(std::string{"10.0.0."} + c));
    all += (all.empty() ? "10.0.0." : " 10.0.0.") + std::string{c} + ":1";
  }
  BOOST_TEST(b.x.look_up() == all);
  BOOST_TEST(b.api.count("list") == 4u);
}

BOOST_AUTO_TEST_CASE(a_watch_that_the_server_ends_goes_on_from_its_bookmark) {
  bench b;
  b.api.put("pods", "a", pod("10.0.0.1"));
  BOOST_TEST(b.x.look_up() == "10.0.0.1:1");
  b.api.put("pods", "unseen", pod("10.0.9.9", "web")); // moves the version on
  b.api.bookmark();
  auto begin = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() < begin + 1100ms)
    b.x.it->wait(100ms, b.x.by); // shorter watches are not followed at once
  auto mark = b.api.asked().size();
  b.api.end_watches();
  b.x.it->wait(20s, b.x.by);
  BOOST_TEST(b.x.look_up() == "10.0.0.1:1");
  BOOST_TEST(
    (asked_since(b.api, mark) == std::vector<std::string>{"watch 102"}));
  b.api.put("pods", "b", pod("10.0.0.2"));
  BOOST_TEST(b.x.finds("10.0.0.1:1 10.0.0.2:1"));
  BOOST_TEST(b.api.count("list") == 1u);
}

BOOST_AUTO_TEST_CASE(a_watch_that_is_cut_is_followed_by_a_list) {
  bench b;
  b.api.put("pods", "a", pod("10.0.0.1"));
  BOOST_TEST(b.x.look_up() == "10.0.0.1:1");
  b.api.cut_watches();
  BOOST_TEST(eventually([&] { return b.api.watches() == 0; }));
  b.api.put("pods", "b", pod("10.0.0.2")); // nobody is told
  BOOST_TEST(b.x.finds("10.0.0.1:1 10.0.0.2:1", 10ms));
  BOOST_TEST(b.api.count("list") >= 2u);
}

BOOST_AUTO_TEST_CASE(a_version_that_is_too_old_is_listed_again) {
  bench b;
  b.api.put("pods", "a", pod("10.0.0.1"));
  BOOST_TEST(b.x.look_up() == "10.0.0.1:1");
  b.api.compact(); // its watch is told so, too
  b.api.put("pods", "b", pod("10.0.0.2"));
  BOOST_TEST(b.x.finds("10.0.0.1:1 10.0.0.2:1", 10ms));
  BOOST_TEST(b.api.count("list") >= 2u);
}

BOOST_AUTO_TEST_CASE(who_may_not_watch_polls) {
  bench b;
  b.api.refuse("watch", 403);
  b.api.put("pods", "a", pod("10.0.0.1"));
  BOOST_TEST(b.x.look_up() == "10.0.0.1:1");
  b.api.put("pods", "b", pod("10.0.0.2"));
  b.x.it->wait(10ms, b.x.by);
  BOOST_TEST(b.x.look_up() == "10.0.0.1:1 10.0.0.2:1");
  b.x.it->wait(10ms, b.x.by);
  BOOST_TEST(b.x.look_up() == "10.0.0.1:1 10.0.0.2:1");
  BOOST_TEST(b.api.count("list") == 3u);
  BOOST_TEST(b.api.count("watch 403") == 1u); // not at each lookup
}

BOOST_AUTO_TEST_CASE(who_may_not_list_fails_and_says_why) {
  bench b;
  b.api.put("pods", "a", pod("10.0.0.1"));
  b.api.refuse("list", 403);
  BOOST_TEST(b.x.look_up()
             == "failure: " + b.url()
                  + ": the API answered 403: pods is refused");
  b.api.refuse("list", 0);
  BOOST_TEST(b.x.look_up() == "10.0.0.1:1");
}

BOOST_AUTO_TEST_CASE(a_new_token_is_read_from_its_file) {
  bench b;
  b.api.put("pods", "a", pod("10.0.0.1"));
  b.api.take_token("token-2");
  BOOST_TEST(b.x.look_up()
             == "failure: " + b.url()
                  + ": the API answered 401: pods is refused");
  BOOST_TEST(b.api.count("list 401") == 2u);
  b.api.write_token("token-2");
  BOOST_TEST(b.x.look_up() == "10.0.0.1:1");
}

BOOST_AUTO_TEST_CASE(without_token_or_authority_nothing_is_asked) {
  bench b;
  auto token = b.api.account() + "/token";
  std::ofstream{token} << "";
  BOOST_TEST(b.x.look_up()
             == "failure: " + b.url() + ": the file '" + token + "' is empty");
  b.api.write_token("a b");
  BOOST_TEST(b.x.look_up()
             == "failure: " + b.url() + ": the file '" + token
                  + "' has no token");
  b.api.write_token("token-1");
  auto ca = b.api.account() + "/ca.crt";
  std::filesystem::rename(ca, ca + ".old");
  BOOST_TEST(b.x.look_up().starts_with("failure: " + b.url()));
  BOOST_TEST(b.x.look_up().find("cannot use the authorities in '" + ca + "'")
             != std::string::npos);
  BOOST_TEST(b.api.asked().empty());
  std::filesystem::rename(ca + ".old", ca);
  BOOST_TEST(b.x.look_up() == "");
}

BOOST_AUTO_TEST_CASE(the_token_is_not_shown_to_a_stranger) {
  kubernetes_api other_authority;
  kubernetes_api other_name{"DNS:elsewhere.example"};
  kubernetes_api api;
  auto settings = settings_for(api);
  settings.api = other_authority.url();
  BOOST_TEST(client{settings}.look_up().find("its certificate is refused")
             != std::string::npos);
  settings = settings_for(other_name);
  BOOST_TEST(client{settings}.look_up().find(
               "its certificate is refused: IP address mismatch")
             != std::string::npos);
  BOOST_TEST(other_authority.asked().empty());
  BOOST_TEST(other_name.asked().empty());
}

BOOST_AUTO_TEST_CASE(an_api_that_went_away_and_came_back) {
  bench b;
  b.api.put("pods", "a", pod("10.0.0.1"));
  BOOST_TEST(b.x.look_up() == "10.0.0.1:1");
  b.api.refuse("list", 503);
  b.api.refuse("watch", 503);
  b.api.cut_watches();
  BOOST_TEST(eventually([&] { return b.api.watches() == 0; }));
  BOOST_TEST(b.x.finds(
    "failure: " + b.url() + ": the API answered 503: pods is refused", 10ms));
  b.api.refuse("list", 0);
  b.api.put("pods", "b", pod("10.0.0.2"));
  BOOST_TEST(b.x.look_up() == "10.0.0.1:1 10.0.0.2:1");
}

BOOST_AUTO_TEST_CASE(stops_in_the_midst_of_a_watch) {
  bench b;
  BOOST_TEST(b.x.look_up() == "");
  std::thread other{[&] { b.x.by.stop(); }};
  auto begin = std::chrono::steady_clock::now();
  b.x.it->wait(1h, b.x.by);
  BOOST_TEST((std::chrono::steady_clock::now() - begin < patience));
  other.join();
  b.x.it.reset();
  BOOST_TEST(eventually([&] { return b.api.watches() == 0; }));
}

BOOST_AUTO_TEST_CASE(bad_settings_are_told) {
  kubernetes_api api;
  auto problem = [&](auto change) {
    auto settings = settings_for(api);
    change(settings);
    auto made = kubernetes_topology("k8s", settings).make({});
    auto* why = std::get_if<failure>(&made);
    BOOST_REQUIRE(why != nullptr);
    BOOST_TEST((why->code == errc::bad_option));
    return why->what;
  };
  BOOST_TEST(problem([](auto& x) { x.selector = ""; })
             == "topology k8s: selector: takes labels such as app=shop");
  BOOST_TEST(problem([](auto& x) { x.namespaces = {"a/b"}; })
             == "topology k8s: namespaces: takes names, or * for all");
  BOOST_TEST(problem([](auto& x) { x.port = "70000"; })
             == "topology k8s: port: takes a number from 1 to 65535, or a "
                "port's name");
  BOOST_TEST(problem([](auto& x) { x.service = "a b"; })
             == "topology k8s: service: takes the name of a service");
  BOOST_TEST(problem([](auto& x) { x.domain = "a/"; })
             == "topology k8s: domain: takes a name such as cluster.local");
  BOOST_TEST(problem([](auto& x) { x.api = "ftp://a"; })
             == "topology k8s: api: takes an address such as "
                "https://10.0.0.1:6443");
  BOOST_TEST(problem([](auto& x) { x.timeout = 0s; })
             == "topology k8s: timeout: takes 10ms to 10min");
  BOOST_TEST(problem([](auto& x) { x.account = "/nowhere"; })
             == "topology k8s: namespaces: takes one or more names outside of "
                "a pod: '/nowhere/namespace' names none");
}

BOOST_AUTO_TEST_CASE(a_configuration_is_read) {
  kubernetes_api api;
  api.put("pods", "a", pod("10.0.0.1"));
  auto x = read_topology("k8s", {{"strategy", "kubernetes"},
                                 {"selector", "app=shop"},
                                 {"namespaces", "shop, other"},
                                 {"source", "pods"},
                                 {"naming", "dns"},
                                 {"port", "9"},
                                 {"domain", "a.b"},
                                 {"api", api.url()},
                                 {"account", api.account()},
                                 {"cached", "true"},
                                 {"watch", "false"},
                                 {"timeout", "5s"},
                                 {"interval", "1s"}});
  auto* why = std::get_if<failure>(&x);
  BOOST_REQUIRE_MESSAGE(why == nullptr, (why ? why->what : ""));
  auto made = std::get<topology>(x).make({});
  waker by;
  BOOST_TEST(text_of(std::get<strategy_ptr>(made)->look_up(by))
             == "10-0-0-1.shop.pod.a.b:9");
  BOOST_TEST((api.asked() == std::vector<std::string>{"list", "list"}));
  auto parsed =
    parse_topology("kubernetes:selector=app=shop,source=pods,port=9,"
                   "api="
                   + api.url() + ",account=" + api.account());
  made = std::get<topology>(parsed).make({});
  BOOST_TEST(text_of(std::get<strategy_ptr>(made)->look_up(by))
             == "10.0.0.1:9");
  auto problem = [](settings_map settings) {
    settings["strategy"] = "kubernetes";
    auto bad = read_topology("k8s", std::move(settings));
    return std::get<failure>(bad).what;
  };
  BOOST_TEST(problem({}) == "topology k8s: selector is missing");
  BOOST_TEST(problem({{"selector", "a=b"}, {"source", "nodes"}})
             == "topology k8s: source = 'nodes': takes one of slices, "
                "endpoints, pods");
  BOOST_TEST(problem({{"selector", "a=b"}, {"port", "0"}})
             == "topology k8s: port = '0': takes a number from 1 to 65535, or "
                "a port's name");
}

BOOST_AUTO_TEST_SUITE_END()
