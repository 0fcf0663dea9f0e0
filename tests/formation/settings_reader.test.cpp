// SPDX-License-Identifier: MIT

#include <boost/test/unit_test.hpp>

#include "horde/formation/settings_reader.hpp"

using namespace horde;
using namespace horde::formation;
using namespace std::chrono_literals;

namespace {

using settings = std::map<std::string, std::string>;

std::string problem(const settings_reader& x) {
  auto result = x.finish();
  if (!result)
    return "";
  BOOST_TEST((result->code == errc::bad_option));
  return result->what;
}

duration time_of(const std::string& text) {
  settings_reader x{"lan", {{"t", text}}};
  duration result{-1};
  x.take_time("t", result);
  return problem(x).empty() ? result : duration{-1};
}

std::vector<std::string> list_of(const std::string& text) {
  settings_reader x{"lan", {{"l", text}}};
  std::vector<std::string> result{"before"};
  x.take_list("l", result);
  BOOST_TEST(problem(x) == "");
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(settings_reader_tests)

BOOST_AUTO_TEST_CASE(what_is_not_given_stays_as_it_is) {
  settings_reader x{"lan", {}};
  std::string text = "a";
  std::uint16_t port = 7;
  std::uint64_t number = 8;
  duration time = 9s;
  auto flag = true;
  std::vector<std::string> list{"b"};
  x.take_text("text", text);
  x.take_port("port", port);
  x.take_number("number", number, 0, 3);
  x.take_time("time", time);
  x.take_flag("flag", flag);
  x.take_list("list", list);
  BOOST_TEST(text == "a");
  BOOST_TEST(port == 7);
  BOOST_TEST(number == 8u);
  BOOST_TEST((time == 9s));
  BOOST_TEST(flag);
  BOOST_TEST(list.size() == 1u);
  BOOST_TEST(problem(x) == "");
}

BOOST_AUTO_TEST_CASE(what_is_given_is_taken) {
  settings_reader x{
    "lan",
    {{"text", " a b "}, {"port", "65535"}, {"number", "3"}, {"flag", "false"}}};
  std::string text;
  std::uint16_t port = 0;
  std::uint64_t number = 0;
  auto flag = true;
  x.require("text");
  x.take_text("text", text);
  x.require("text");
  x.take_port("port", port);
  x.take_number("number", number, 0, 3);
  x.take_flag("flag", flag);
  BOOST_TEST(text == " a b ");
  BOOST_TEST(port == 65535);
  BOOST_TEST(number == 3u);
  BOOST_TEST(!flag);
  BOOST_TEST(problem(x) == "");
}

BOOST_AUTO_TEST_CASE(times_have_a_unit) {
  BOOST_TEST((time_of("250ms") == 250ms));
  BOOST_TEST((time_of("5s") == 5s));
  BOOST_TEST((time_of(" 2min ") == 2min));
  BOOST_TEST((time_of("3h") == 3h));
  BOOST_TEST((time_of("0s") == 0s));
  for (auto text : {"", "5", "s", "5 s", "-5s", "5.5s", "5sec",
                    "99999999999999999999s", "9999999999999999h", "0x5s"})
    BOOST_TEST((time_of(text) == duration{-1}), text);
}

BOOST_AUTO_TEST_CASE(lists_have_an_item_a_line_or_commas) {
  using list = std::vector<std::string>;
  BOOST_TEST((list_of("") == list{}));
  BOOST_TEST((list_of(" , ,") == list{}));
  BOOST_TEST((list_of("a:1, b:2,,c d") == list{"a:1", "b:2", "c d"}));
  BOOST_TEST((list_of("Accept: a, b\n") == list{"Accept: a, b"}));
  BOOST_TEST((list_of("a\n\n b,c\n") == list{"a", "b,c"}));
}

BOOST_AUTO_TEST_CASE(the_first_problem_is_told_with_topology_key_and_value) {
  settings_reader x{"lan", {{"port", "0"}, {"number", "4"}}};
  std::uint16_t port = 7;
  std::uint64_t number = 8;
  x.take_port("port", port);
  x.take_number("number", number, 0, 3);
  BOOST_TEST(problem(x)
             == "topology lan: port = '0': takes a number from 1 to 65535");
  BOOST_TEST(port == 7);
  BOOST_TEST(number == 8u);
}

BOOST_AUTO_TEST_CASE(bad_numbers_are_refused) {
  for (auto text : {"", "-1", "+1", "1.0", "1x", "x", "18446744073709551616"}) {
    settings_reader x{"lan", {{"n", text}}};
    std::uint64_t number = 8;
    x.take_number("n", number, 0, ~0ull);
    BOOST_TEST(problem(x).starts_with("topology lan: n = '"), text);
    BOOST_TEST(number == 8u);
  }
}

BOOST_AUTO_TEST_CASE(flags_are_true_or_false) {
  settings_reader x{"lan", {{"f", "yes"}}};
  auto flag = false;
  x.take_flag("f", flag);
  BOOST_TEST(problem(x) == "topology lan: f = 'yes': takes true or false");
}

BOOST_AUTO_TEST_CASE(what_is_required_is_missing) {
  settings_reader x{"lan", {{"empty", " "}}};
  x.require("empty");
  BOOST_TEST(problem(x) == "topology lan: empty is missing");
  settings_reader y{"lan", {}};
  y.require("query");
  BOOST_TEST(problem(y) == "topology lan: query is missing");
}

BOOST_AUTO_TEST_CASE(a_key_that_nobody_takes_is_named) {
  settings_reader x{"lan", {{"prot", "1"}}};
  BOOST_TEST(problem(x) == "topology lan: there is no setting 'prot'");
}

BOOST_AUTO_TEST_CASE(a_strategy_refuses_what_it_took) {
  settings_reader x{"lan", {{"addr", "1.2.3.4"}}};
  std::string addr;
  x.take_text("addr", addr);
  x.refuse("addr", "a multicast address");
  BOOST_TEST(problem(x)
             == "topology lan: addr = '1.2.3.4': takes a multicast address");
}

BOOST_AUTO_TEST_SUITE_END()
