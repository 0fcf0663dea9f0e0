// SPDX-License-Identifier: MIT

#include <boost/test/unit_test.hpp>

#include "horde/formation/kubernetes_answer.hpp"

using namespace horde;
using namespace horde::formation;

namespace {

std::string text_of(const outcome<kubernetes_page>& x) {
  if (auto* why = std::get_if<failure>(&x))
    return "failure: " + why->what;
  std::string result;
  for (const auto& object : std::get<kubernetes_page>(x).objects) {
    result += object.key + ":";
    for (const auto& each : object.nodes)
      result += " " + to_string(each);
    if (!object.problem.empty())
      result += " (" + object.problem + ")";
    result += "; ";
  }
  return result;
}

std::string read(const std::string& items, const kubernetes_view& view) {
  return text_of(read_kubernetes_list(R"({"kind": "SomeList", "metadata": )"
                                      R"({"resourceVersion": "7"}, "items": [)"
                                        + items + "]}",
                                      view));
}

const std::string slice = R"({
  "metadata": {"name": "horde-abc", "namespace": "shop",
               "resourceVersion": "5",
               "labels": {"kubernetes.io/service-name": "horde"}},
  "addressType": "IPv4",
  "endpoints": [
    {"addresses": ["10.1.0.1", "10.1.9.9"], "hostname": "horde-0",
     "conditions": {"ready": true, "serving": true, "terminating": false}},
    {"addresses": ["10.1.0.2"], "hostname": "horde-1",
     "conditions": {"ready": false}},
    {"addresses": ["10.1.0.3"], "conditions": {}},
    {"addresses": []}],
  "ports": [{"name": "web", "port": 80}, {"name": "horde", "port": 4711}]})";

const std::string six = R"({
  "metadata": {"name": "horde-six", "namespace": "shop"},
  "addressType": "IPv6",
  "endpoints": [{"addresses": ["fd00::1"], "hostname": "horde-0"}],
  "ports": null})";

const std::string endpoints = R"({
  "metadata": {"name": "horde", "namespace": "shop"},
  "subsets": [
    {"addresses": [{"ip": "10.1.0.1", "hostname": "horde-0"},
                   {"ip": "10.1.0.3"}],
     "notReadyAddresses": [{"ip": "10.1.0.2"}],
     "ports": [{"name": "horde", "port": 4711}]},
    {"addresses": [{"ip": "10.1.0.4"}],
     "ports": [{"name": "horde", "port": 4712}]}]})";

std::string pod(const std::string& status, const std::string& spec = "") {
  return R"({"metadata": {"name": "horde-0", "namespace": "shop"}, "spec": {)"
         + spec + R"("containers": [{"name": "side"}, {"ports": [)"
         + R"({"name": "horde", "containerPort": 4711}]}]}, "status": {)"
         + status + "}}";
}

kubernetes_view view(kubernetes_source from,
                     kubernetes_naming naming = kubernetes_naming::ip) {
  kubernetes_view result;
  result.from = from;
  result.naming = naming;
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(kubernetes_answer_tests)

BOOST_AUTO_TEST_CASE(a_slice_names_what_is_ready_at_the_named_port) {
  auto x = view(kubernetes_source::slices);
  BOOST_TEST(read(slice, x) == "shop/horde-abc: 10.1.0.1:4711 10.1.0.3:4711; ");
  x.port = "web";
  BOOST_TEST(read(slice, x) == "shop/horde-abc: 10.1.0.1:80 10.1.0.3:80; ");
  x.port = "9";
  BOOST_TEST(read(slice, x) == "shop/horde-abc: 10.1.0.1:9 10.1.0.3:9; ");
  BOOST_TEST(read(six, x) == "shop/horde-six: [fd00::1]:9; ");
  x.port = "other";
  BOOST_TEST(read(slice, x)
             == "shop/horde-abc: (shop/horde-abc has no port 'other'); ");
  BOOST_TEST(read(six, x)
             == "shop/horde-six: (shop/horde-six has no port 'other'); ");
}

BOOST_AUTO_TEST_CASE(endpoints_have_a_port_for_each_subset) {
  auto x = view(kubernetes_source::endpoints);
  BOOST_TEST(read(endpoints, x)
             == "shop/horde: 10.1.0.1:4711 10.1.0.3:4711 10.1.0.4:4712; ");
  BOOST_TEST(read(R"({"metadata": {"name": "a", "namespace": "b"}})", x)
             == "b/a:; ");
}

BOOST_AUTO_TEST_CASE(a_pod_with_an_address_counts_until_it_ends) {
  auto x = view(kubernetes_source::pods);
  auto ip = std::string{R"("podIP": "10.1.0.1", "phase": )"};
  BOOST_TEST(read(pod(ip + R"("Running")"), x)
             == "shop/horde-0: 10.1.0.1:4711; ");
  BOOST_TEST(read(pod(ip + R"("Pending")"), x)
             == "shop/horde-0: 10.1.0.1:4711; ");
  BOOST_TEST(read(pod(ip + R"("Succeeded")"), x) == "shop/horde-0:; ");
  BOOST_TEST(read(pod(ip + R"("Failed")"), x) == "shop/horde-0:; ");
  BOOST_TEST(read(pod(R"("phase": "Pending")"), x) == "shop/horde-0:; ");
  x.port = "other";
  BOOST_TEST(read(pod(ip + R"("Running")"), x)
             == "shop/horde-0: (shop/horde-0 has no port 'other'); ");
}

BOOST_AUTO_TEST_CASE(host_names_are_those_of_a_stateful_set) {
  auto naming = kubernetes_naming::hostname;
  auto x = view(kubernetes_source::slices, naming);
  BOOST_TEST(read(slice, x)
             == "shop/horde-abc: horde-0.horde.shop.svc.cluster.local:4711 "
                "(shop/horde-abc has an entry without host name or service); ");
  x.domain = "prod.example";
  x.service = "peers";
  x.port = "1";
  BOOST_TEST(read(six, x)
             == "shop/horde-six: horde-0.peers.shop.svc.prod.example:1; ");
  x = view(kubernetes_source::endpoints, naming);
  BOOST_TEST(
    read(endpoints, x)
      .starts_with("shop/horde: horde-0.horde.shop.svc.cluster.local:4711 ("));
  x = view(kubernetes_source::pods, naming);
  auto spec = R"("hostname": "horde-0", "subdomain": "horde", )";
  BOOST_TEST(read(pod(R"("podIP": "10.1.0.1")", spec), x)
             == "shop/horde-0: horde-0.horde.shop.svc.cluster.local:4711; ");
}

BOOST_AUTO_TEST_CASE(names_of_pods_are_their_addresses) {
  auto x = view(kubernetes_source::slices, kubernetes_naming::dns);
  x.port = "1";
  BOOST_TEST(read(slice, x)
             == "shop/horde-abc: 10-1-0-1.shop.pod.cluster.local:1 "
                "10-1-0-3.shop.pod.cluster.local:1; ");
  BOOST_TEST(read(six, x)
             == "shop/horde-six: fd00--1.shop.pod.cluster.local:1; ");
}

BOOST_AUTO_TEST_CASE(a_page_says_its_version_and_what_asks_for_the_rest) {
  auto x = read_kubernetes_list(
    R"({"kind": "PodList", "items": [], "metadata":
        {"resourceVersion": "7", "continue": "tok"}})",
    {});
  BOOST_TEST((std::get<kubernetes_page>(x) == kubernetes_page{{}, "7", "tok"}));
  x = read_kubernetes_list(R"({"kind": "PodList", "items": null})", {});
  BOOST_TEST((std::get<kubernetes_page>(x) == kubernetes_page{}));
}

BOOST_AUTO_TEST_CASE(what_is_no_list_is_a_failure) {
  for (auto text : {"", "<html>", "{"})
    BOOST_TEST(text_of(read_kubernetes_list(text, {}))
               == "failure: the answer is no JSON");
  for (auto text : {"[]", "7", "{}", R"({"items": []})",
                    R"({"kind": "Status", "code": 403})",
                    R"({"kind": "PodList", "items": {}})"})
    BOOST_TEST(text_of(read_kubernetes_list(text, {}))
               == "failure: the answer is no list of Kubernetes");
  BOOST_TEST(read("7", {})
             == "failure: the answer is a list of things without names");
}

BOOST_AUTO_TEST_CASE(entries_of_other_shapes_are_left_out) {
  auto wrap = [](const std::string& rest) {
    return R"({"metadata": {"name": "a", "namespace": "b"}, )" + rest + "}";
  };
  auto x = view(kubernetes_source::slices);
  x.port = "1";
  BOOST_TEST(read(wrap(R"("endpoints": 5)"), x) == "b/a:; ");
  BOOST_TEST(read(wrap(R"("endpoints": [5, {"addresses": [7]},
                          {"addresses": "x"}])"),
                  x)
             == "b/a:; ");
  BOOST_TEST(read(wrap(R"("endpoints": [{"addresses": ["a b"]}])"), x)
             == "b/a: (b/a has an entry that is no host); ");
}

BOOST_AUTO_TEST_CASE(a_line_of_a_watch_is_an_event) {
  using kind = kubernetes_event::kind;
  auto event = [](const std::string& type, const std::string& object) {
    auto x = read_kubernetes_event(
      R"({"type": ")" + type + R"(", "object": )" + object + "}", {});
    auto* result = std::get_if<kubernetes_event>(&x);
    return result != nullptr ? *result : kubernetes_event{kind::error, {}, "?"};
  };
  kubernetes_object object{
    "shop/horde-abc", {{"10.1.0.1", 4711}, {"10.1.0.3", 4711}}, {}};
  for (auto type : {"ADDED", "MODIFIED"})
    BOOST_TEST(
      (event(type, slice) == kubernetes_event{kind::changed, object, "5"}));
  BOOST_TEST(
    (event("DELETED", slice) == kubernetes_event{kind::gone, object, "5"}));
  BOOST_TEST((event("BOOKMARK", R"({"metadata": {"resourceVersion": "9"}})")
              == kubernetes_event{kind::bookmark, {}, "9"}));
  BOOST_TEST((event("ERROR", R"({"kind": "Status", "code": 410})")
              == kubernetes_event{kind::error, {}, ""}));
  for (const auto& [type, object] :
       {std::pair{"OTHER", "{}"},
        {"ADDED", "7"},
        {"ADDED", "{}"},
        {"BOOKMARK", "{}"},
        {"ADDED", R"({"metadata": {"name": "a"}})"},
        {"ADDED", R"({"metadata": {"resourceVersion": "1"}})"}})
    BOOST_TEST(event(type, object).version == "?");
  BOOST_TEST((std::holds_alternative<failure>(read_kubernetes_event("{", {}))));
}

BOOST_AUTO_TEST_CASE(a_refusal_is_told_without_what_harms_a_log) {
  BOOST_TEST(kubernetes_refusal(R"({"kind": "Status", "message": "pods is\n"})")
             == "pods is?");
  BOOST_TEST(kubernetes_refusal("<html>") == "");
  BOOST_TEST(kubernetes_refusal(R"({"message": 7})") == "");
  BOOST_TEST(
    kubernetes_refusal(R"({"message": ")" + std::string(999, 'x') + "\"}")
      .size()
    == 300u);
}

BOOST_AUTO_TEST_SUITE_END()
