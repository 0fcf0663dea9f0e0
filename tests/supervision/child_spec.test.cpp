// SPDX-License-Identifier: MIT

#include "horde/supervision/child_spec.hpp"

#include <boost/test/unit_test.hpp>

#include "horde/codec.hpp"

using namespace horde;
using namespace horde::supervision;

namespace {

child_spec good() {
  child_spec result;
  result.id = "ada";
  result.type = "greeter";
  return result;
}

struct bad_case {
  const char* field;
  const char* takes;
  void (*spoil)(child_spec&);
};

} // namespace

BOOST_AUTO_TEST_SUITE(child_spec_tests)

BOOST_AUTO_TEST_CASE(defaults_are_those_of_otp) {
  child_spec x;
  BOOST_TEST((x.when == restart::permanent));
  BOOST_TEST((x.kind == child_kind::worker));
  BOOST_TEST((x.shutdown.kind == shutdown_kind::timed));
  BOOST_TEST((x.shutdown.grace == std::chrono::seconds{5}));
}

BOOST_AUTO_TEST_CASE(who_says_nothing_waits_for_supervisors_for_ever) {
  shutdown_policy unsaid;
  BOOST_TEST((unsaid.kind == shutdown_kind::standard));
  BOOST_TEST(
    (for_kind(unsaid, child_kind::worker)
     == shutdown_policy{shutdown_kind::timed, std::chrono::seconds{5}}));
  BOOST_TEST(
    (for_kind(unsaid, child_kind::supervisor).kind == shutdown_kind::infinity));
  shutdown_policy kill{shutdown_kind::brutal_kill, {}};
  BOOST_TEST((for_kind(kill, child_kind::supervisor) == kill));
  auto x = good(); // in a record it must be said
  x.shutdown = unsaid;
  BOOST_TEST(validate(x).has_value());
}

BOOST_AUTO_TEST_CASE(a_good_spec_has_no_problem) {
  BOOST_TEST(!validate(good()).has_value());
  auto x = good();
  x.id = std::string(1024, 'x');
  x.shutdown = {shutdown_kind::brutal_kill, duration::zero()};
  BOOST_TEST(!validate(x).has_value());
  x.shutdown = {shutdown_kind::infinity, duration::zero()};
  x.shutdown.grace = duration::max(); // not used
  BOOST_TEST(!validate(x).has_value());
  x.shutdown = {shutdown_kind::timed, std::chrono::hours{24}};
  x.start_timeout = std::chrono::hours{24};
  x.placement_key = "zone";
  x.id.clear(); // made where the call enters
  BOOST_TEST(!validate(x).has_value());
}

BOOST_AUTO_TEST_CASE(each_problem_names_the_field_and_what_it_takes) {
  using std::chrono::seconds;
  const bad_case cases[] = {
    {"id", "at most 1024 bytes", [](auto& x) { x.id.assign(1025, 'x'); }},
    {"type", "the name of a child type", [](auto& x) { x.type.clear(); }},
    {"type", "at most 1024 bytes", [](auto& x) { x.type.assign(1025, 'x'); }},
    {"placement_key", "at most 1024 bytes",
     [](auto& x) { x.placement_key.assign(1025, 'x'); }},
    {"place.needs", "letters", [](auto& x) { x.place.needs = {"a b"}; }},
    {"place.avoids", "at most 32",
     [](auto& x) { x.place.avoids.assign(33, "hdd"); }},
    {"place.group", "letters", [](auto& x) { x.place.group = "a b"; }},
    {"place.strict", "group", [](auto& x) { x.place.strict = true; }},
    {"shutdown", "above zero", [](auto& x) { x.shutdown.grace = seconds{0}; }},
    {"shutdown", "above zero", [](auto& x) { x.shutdown.grace = seconds{-1}; }},
    {"shutdown", "brutal_kill",
     [](auto& x) { x.shutdown.kind = static_cast<shutdown_kind>(3); }},
    {"start_timeout", "above zero",
     [](auto& x) { x.start_timeout = seconds{0}; }},
    {"start_timeout", "above zero",
     [](auto& x) { x.start_timeout = seconds{-5}; }},
    {"start_timeout", "at most 24 h",
     [](auto& x) { x.start_timeout = std::chrono::hours{24} + duration{1}; }},
    {"start_timeout", "at most 24 h",
     [](auto& x) { x.start_timeout = duration::max(); }},
    {"shutdown", "at most 24 h",
     [](auto& x) { x.shutdown.grace = duration::max(); }},
    {"restart", "transient", [](auto& x) { x.when = static_cast<restart>(3); }},
    {"kind", "supervisor",
     [](auto& x) { x.kind = static_cast<child_kind>(2); }},
  };
  for (const auto& row : cases) {
    auto spec = good();
    row.spoil(spec);
    auto problem = validate(spec);
    BOOST_REQUIRE_MESSAGE(problem.has_value(), row.field);
    BOOST_TEST((problem->code == errc::bad_child_spec));
    BOOST_TEST(problem->what.find(row.field) != std::string::npos,
               problem->what);
    BOOST_TEST(problem->what.find(row.takes) != std::string::npos,
               problem->what);
    BOOST_TEST(problem->what.size() < 200u);
  }
}

BOOST_AUTO_TEST_CASE(restart_rules_are_those_of_otp) {
  struct row {
    restart when;
    exit_kind how;
    bool again;
  };
  const row rows[] = {
    {restart::permanent, exit_kind::clean, true},
    {restart::permanent, exit_kind::crash, true},
    {restart::transient, exit_kind::clean, false},
    {restart::transient, exit_kind::crash, true},
    {restart::temporary, exit_kind::clean, false},
    {restart::temporary, exit_kind::crash, false},
  };
  for (const auto& x : rows)
    BOOST_TEST(should_restart(x.when, x.how) == x.again,
               to_string(x.when) << " " << (x.how == exit_kind::crash));
}

BOOST_AUTO_TEST_CASE(a_spec_survives_the_wire) {
  auto x = good();
  x.args = std::string("\0\1\2", 3);
  x.when = restart::transient;
  x.placement_key = "rack-7";
  auto without = to_bytes(x).size();
  BOOST_TEST((from_bytes<child_spec>(to_bytes(x)) == x));
  x.place = {{"ssd"}, {"hdd", "zone=b"}, "db", true};
  BOOST_TEST(to_bytes(x).size() > without);
  BOOST_TEST((from_bytes<child_spec>(to_bytes(x)) == x));
}

BOOST_AUTO_TEST_SUITE_END()
