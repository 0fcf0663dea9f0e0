// SPDX-License-Identifier: MIT

#include <stdexcept>

#include <stdlib.h>

#include "formation_io/support.hpp"
#include "horde/actors/formation/custom.hpp"
#include "horde/actors/formation/environment.hpp"
#include "horde/actors/formation/static_hosts.hpp"
#include "horde/actors/formation/strategies.hpp"

using namespace horde;
using namespace horde::formation;
using namespace horde::test;
using namespace std::chrono_literals;

namespace {

std::string problem(const outcome<topology>& x) {
  auto* why = std::get_if<failure>(&x);
  if (why == nullptr)
    return "";
  BOOST_TEST((why->code == errc::bad_option));
  return why->what;
}

} // namespace

BOOST_AUTO_TEST_SUITE(strategies_tests)

BOOST_AUTO_TEST_CASE(an_unknown_strategy_is_named) {
  BOOST_TEST(problem(read_topology("lan", {{"strategy", "gosip"}}))
               .starts_with("topology lan: strategy = 'gosip': takes one of "));
  BOOST_TEST(problem(read_topology("lan", {}))
               .starts_with("topology lan: strategy = '': takes one of "));
}

BOOST_AUTO_TEST_CASE(each_topology_has_a_name_a_strategy_and_sane_times) {
  auto make = [](const seeker&) { return strategy_ptr{}; };
  topology x{"lan", "custom", make};
  BOOST_TEST(!validate(x));
  x.interval = 1ms;
  BOOST_TEST(validate(x)->what == "topology lan: interval: takes 10ms to 24h");
  x = {"lan", "custom", make};
  x.jitter_percent = 101;
  BOOST_TEST(validate(x)->what
             == "topology lan: jitter: takes 0 to 100 percent");
  BOOST_TEST(validate({"lan", "custom", {}})->what
             == "topology lan: has no strategy");
  BOOST_TEST(validate({"", "custom", make})->what == "a topology has no name");
}

BOOST_AUTO_TEST_CASE(a_topology_is_read_with_what_all_have) {
  auto x = read_topology("lab", {{"strategy", "static"},
                                 {"hosts", "a:1,b:2"},
                                 {"interval", "2s"},
                                 {"jitter", "0"},
                                 {"prune", "true"}});
  BOOST_TEST(problem(x) == "");
  const auto& lab = std::get<topology>(x);
  BOOST_TEST(lab.name == "lab");
  BOOST_TEST(lab.kind == "static");
  BOOST_TEST((lab.interval == 2s));
  BOOST_TEST(lab.jitter_percent == 0u);
  BOOST_TEST(lab.prune);
  waker by;
  BOOST_TEST(
    (nodes_of(make(lab)->look_up(by)) == endpoints{{"a", 1}, {"b", 2}}));
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_told_with_topology_and_key) {
  settings_map good{{"strategy", "static"}, {"hosts", "a:1"}};
  for (auto [key, value, what] :
       std::vector<std::tuple<std::string, std::string, std::string>>{
         {"hosts", "a:1,b",
          "hosts = 'a:1,b': takes host:port, like 10.0.0.1:4711 or [::1]:4711"},
         {"hosts", "", "hosts is missing"},
         {"interval", "5",
          "interval = '5': takes a time such as 250ms, 5s or "
          "2min"},
         {"interval", "1ms", "interval: takes 10ms to 24h"},
         {"jitter", "101", "jitter = '101': takes a number from 0 to 100"},
         {"prune", "maybe", "prune = 'maybe': takes true or false"},
         {"port", "1", "there is no setting 'port'"}}) {
    auto bad = good;
    bad[key] = value;
    BOOST_TEST(problem(read_topology("lab", bad)) == "topology lab: " + what);
  }
}

BOOST_AUTO_TEST_CASE(a_topology_on_a_command_line) {
  auto x = parse_topology("static:hosts=a:1,b:2,interval=1min,name=lab");
  BOOST_TEST(problem(x) == "");
  BOOST_TEST(std::get<topology>(x).name == "lab");
  BOOST_TEST((std::get<topology>(x).interval == 1min));
  waker by;
  BOOST_TEST((nodes_of(make(std::get<topology>(x))->look_up(by))
              == endpoints{{"a", 1}, {"b", 2}}));
  auto local = parse_topology("local");
  BOOST_TEST(problem(local) == "");
  BOOST_TEST(std::get<topology>(local).name == "local");
  BOOST_TEST(problem(parse_topology("static:a:1"))
             == "topology static: 'a:1': takes key=value,key=value");
  BOOST_TEST(problem(parse_topology("static:hosts=a:1,hosts=b:2"))
             == "topology static: 'hosts' is given twice");
  BOOST_TEST(problem(parse_topology(""))
               .starts_with("topology : strategy = '': takes one of static, "));
}

BOOST_AUTO_TEST_CASE(static_hosts_in_code_are_checked) {
  BOOST_TEST(problem_of(static_topology("lab", {{{"a", 0}}}).make(a_seeker()))
             == "topology lab: hosts = 'a:0': takes host:port, like "
                "10.0.0.1:4711 or [::1]:4711");
}

BOOST_AUTO_TEST_CASE(the_environment_is_read_when_the_node_starts) {
  waker by;
  ::unsetenv("HORDE_TEST_NODES");
  environment_settings of_test{"HORDE_TEST_NODES"};
  auto unset = make(environment_topology("env", of_test));
  BOOST_TEST(problem_of(unset->look_up(by))
             == "the variable HORDE_TEST_NODES is not set");
  ::setenv("HORDE_TEST_NODES", " a:1, b:2 ", 1);
  auto x = make(environment_topology("env", of_test));
  BOOST_TEST((nodes_of(x->look_up(by)) == endpoints{{"a", 1}, {"b", 2}}));
  ::setenv("HORDE_TEST_NODES", "a:1,b", 1);
  BOOST_TEST(problem_of(environment_topology("env", of_test).make(a_seeker()))
             == "topology env: HORDE_TEST_NODES: 'b': takes host:port, like "
                "10.0.0.1:4711 or [::1]:4711");
  ::unsetenv("HORDE_TEST_NODES");
  BOOST_TEST(problem(read_topology(
               "env", {{"strategy", "environment"}, {"variable", ""}}))
             == "topology env: variable = '': takes the name of a variable");
}

BOOST_AUTO_TEST_CASE(a_function_is_a_strategy) {
  waker by;
  auto x = make(custom_topology("mine", [] { return lookup{{{"a", 1}}}; }));
  BOOST_TEST((nodes_of(x->look_up(by)) == endpoints{{"a", 1}}));
  BOOST_TEST(problem_of(custom_topology("mine", {}).make(a_seeker()))
             == "topology mine: takes a function");
}

BOOST_AUTO_TEST_SUITE_END()
