// SPDX-License-Identifier: MIT

#include <boost/test/unit_test.hpp>

#include "horde/formation/json_addresses.hpp"

using namespace horde;
using namespace horde::formation;

namespace {

json_layout layout(std::vector<std::string> addresses, std::string port = {},
                   std::uint16_t usual_port = 0) {
  json_layout result;
  for (const auto& x : addresses)
    result.addresses.push_back(parse_json_pointer(x).value());
  if (!port.empty())
    result.port = parse_json_pointer(port);
  result.usual_port = usual_port;
  BOOST_TEST(problem_of(result) == "");
  return result;
}

std::string text_of(const lookup_result& x) {
  if (auto* why = std::get_if<failure>(&x))
    return "failure: " + why->what;
  std::string result;
  for (const auto& each : std::get<lookup>(x).nodes)
    result += (result.empty() ? "" : " ") + to_string(each);
  return result;
}

std::string read(std::string_view answer, const json_layout& x) {
  return text_of(read_addresses(answer, x));
}

} // namespace

BOOST_AUTO_TEST_SUITE(json_addresses_tests)

BOOST_AUTO_TEST_CASE(a_pointer_is_a_list_of_tokens) {
  BOOST_TEST((parse_json_pointer("") == json_path{}));
  BOOST_TEST((parse_json_pointer("/") == json_path{""}));
  BOOST_TEST((parse_json_pointer("/a/*/0") == json_path{"a", "*", "0"}));
  BOOST_TEST((parse_json_pointer("/a~1b/~0~01") == json_path{"a/b", "~~1"}));
  BOOST_TEST(!parse_json_pointer("a"));
  BOOST_TEST(!parse_json_pointer("/~"));
  BOOST_TEST(!parse_json_pointer("/~2"));
}

BOOST_AUTO_TEST_CASE(a_list_of_texts) {
  auto x = layout({"/*"}, "", 4711);
  BOOST_TEST(
    read(R"(["10.0.0.1", "db:1", "fd00::1", "[fd00::2]:7", "[::3]"])", x)
    == "10.0.0.1:4711 db:1 [fd00::1]:4711 [fd00::2]:7 [::3]:4711");
  BOOST_TEST(read("[]", x) == "");
}

BOOST_AUTO_TEST_CASE(the_catalogue_of_consul) {
  // `ServiceAddress` is empty where it is the node's address.
  auto answer = R"([
    {"Node": "a", "Address": "10.0.0.1", "ServiceAddress": "",
     "ServicePort": 4711},
    {"Node": "b", "Address": "10.0.0.2", "ServiceAddress": "10.9.9.9",
     "ServicePort": 4712}])";
  BOOST_TEST(
    read(answer, layout({"/*/ServiceAddress", "/*/Address"}, "/*/ServicePort"))
    == "10.0.0.1:4711 10.9.9.9:4712");
}

BOOST_AUTO_TEST_CASE(containers_with_lists_of_their_own) {
  auto answer = R"({"containers": [
    {"port": "4711", "ips": ["10.0.0.1", "10.0.0.2"]},
    {"port": 4712, "ips": []},
    {"port": 4713, "ips": ["10.0.0.3"]}]})";
  BOOST_TEST(read(answer, layout({"/containers/*/ips/*"}, "/containers/*/port"))
             == "10.0.0.1:4711 10.0.0.2:4711 10.0.0.3:4713");
  BOOST_TEST(read(answer, layout({"/containers/*/ips/0"}, "/containers/*/port"))
             == "10.0.0.1:4711 10.0.0.3:4713");
}

BOOST_AUTO_TEST_CASE(a_wildcard_runs_over_the_entries_of_an_object_too) {
  BOOST_TEST(read(R"({"a": {"ip": "10.0.0.1"}, "b": {"ip": "10.0.0.2"}})",
                  layout({"/*/ip"}, "", 1))
             == "10.0.0.1:1 10.0.0.2:1");
}

BOOST_AUTO_TEST_CASE(no_wildcard_is_one_address) {
  BOOST_TEST(read(R"({"leader": "10.0.0.1:8300"})", layout({"/leader"}))
             == "10.0.0.1:8300");
  BOOST_TEST(read(R"("10.0.0.1:8300")", layout({""})) == "10.0.0.1:8300");
}

BOOST_AUTO_TEST_CASE(entries_without_an_address_are_left_out) {
  auto x = layout({"/*/ip"}, "", 1);
  BOOST_TEST(read(R"([{"ip": null}, {"ip": "a"}, {}, {"ip": 5}, 7])", x)
             == "a:1");
  BOOST_TEST(read(R"([{"ip": "a b"}, {"ip": "a\nb:1"}, {"ip": "b"}])", x)
             == "b:1");
}

BOOST_AUTO_TEST_CASE(a_wrong_setting_is_no_empty_answer) {
  auto x = layout({"/nodes/*/ip"}, "", 1);
  BOOST_TEST(read(R"({"nodes": []})", x) == "");
  BOOST_TEST(read(R"({"node": []})", x)
             == "failure: the answer has nothing at /nodes");
  BOOST_TEST(read(R"({"nodes": "a"})", x)
             == "failure: the answer has no list at /nodes");
  BOOST_TEST(read(R"({"nodes": [{"IP": "a"}, {"IP": "b"}]})", x)
             == "failure: the answer has no text at /nodes/*/ip");
  BOOST_TEST(read(R"([{"ip": "a"}])", layout({"/*/ip"}))
             == "failure: the answer has no port for 'a'");
  for (auto port : {"0", "65536", "-1", "1.5", "\"x\"", "\"0\"", "null"})
    BOOST_TEST(read(R"([{"ip": "a", "port": )" + std::string{port} + "}]",
                    layout({"/*/ip"}, "/*/port"))
               == "failure: the answer has no port for 'a'");
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_no_json_is_a_failure) {
  auto x = layout({"/*"}, "", 1);
  for (auto text : {"", "<html>", "[", "[\"a\"] [", "[\"\xff\"]"})
    BOOST_TEST(read(text, x) == "failure: the answer is no JSON");
  BOOST_TEST(read(std::string(1'000'000, '['), x)
             == "failure: the answer is no JSON");
  auto deep = std::string(500'000, '[') + std::string(500'000, ']');
  BOOST_TEST(read(deep, x) == "failure: the answer has no text at /*");
}

BOOST_AUTO_TEST_CASE(the_number_of_addresses_has_a_limit) {
  std::string answer = "[\"a\"";
  for (std::size_t i = 1; i < max_json_addresses; ++i)
    answer += ",\"a\"";
  auto x = layout({"/*"}, "", 1);
  auto found = read_addresses(answer + "]", x);
  BOOST_TEST(std::get<lookup>(found).nodes.size() == max_json_addresses);
  BOOST_TEST(read(answer + ",\"a\"]", x)
             == "failure: the answer has more than 10000 addresses");
}

BOOST_AUTO_TEST_CASE(wildcards_of_all_pointers_belong_together) {
  json_layout x;
  BOOST_TEST(problem_of(x) == "no pointer to the addresses");
  x.addresses = {{"*", "ip"}};
  x.port = json_path{"*", "ports", "*"};
  BOOST_TEST(problem_of(x) == "/*/ports/* has more wildcards than /*/ip");
}

BOOST_AUTO_TEST_SUITE_END()
