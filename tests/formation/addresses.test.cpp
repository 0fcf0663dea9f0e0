// SPDX-License-Identifier: MIT

#include "horde/formation/addresses.hpp"

#include <boost/test/unit_test.hpp>

using namespace horde;
using namespace horde::formation;

namespace {

using endpoints = std::vector<endpoint>;

std::string problem(const outcome<endpoints>& x) {
  auto* why = std::get_if<failure>(&x);
  return why ? why->what : "";
}

} // namespace

BOOST_AUTO_TEST_SUITE(addresses_tests)

BOOST_AUTO_TEST_CASE(a_hosts_file_has_an_address_a_line) {
  auto x = parse_hosts("# nodes of the lab\n"
                       "\n"
                       "a:1\r\n"
                       "  [::1]:4711 \t # ours\n"
                       "10.0.0.1:65535");
  BOOST_TEST(problem(x) == "");
  BOOST_TEST((std::get<endpoints>(x)
              == endpoints{{"a", 1}, {"::1", 4711}, {"10.0.0.1", 65535}}));
  BOOST_TEST(std::get<endpoints>(parse_hosts("")).empty());
  BOOST_TEST(std::get<endpoints>(parse_hosts("# none\n\n")).empty());
}

BOOST_AUTO_TEST_CASE(what_is_wrong_in_a_hosts_file_is_told_with_its_line) {
  BOOST_TEST(problem(parse_hosts("a:1\n\n# b\nb\n"))
             == "line 4: 'b': takes host:port, like 10.0.0.1:4711 or "
                "[::1]:4711");
  for (auto text : {"a:0", ":1", "a:65536", "a:1 b:2", "a:", "::1:1", "a:1,"})
    BOOST_TEST(problem(parse_hosts(text)).starts_with("line 1: '"), text);
}

BOOST_AUTO_TEST_CASE(a_list_in_a_line_has_commas_or_blanks) {
  for (auto text : {"a:1,b:2", "a:1 b:2", " a:1 , b:2 ,", "a:1\n\tb:2\n"}) {
    auto x = parse_address_list(text);
    BOOST_TEST(problem(x) == "");
    BOOST_TEST((std::get<endpoints>(x) == endpoints{{"a", 1}, {"b", 2}}));
  }
  BOOST_TEST(std::get<endpoints>(parse_address_list(" ,")).empty());
  BOOST_TEST(problem(parse_address_list("a:1,b"))
             == "'b': takes host:port, like 10.0.0.1:4711 or [::1]:4711");
}

BOOST_AUTO_TEST_SUITE_END()
