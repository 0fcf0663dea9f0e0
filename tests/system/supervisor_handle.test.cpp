// SPDX-License-Identifier: MIT
//
// The value handle of a supervisor on real threads: listeners that are slow,
// options that are wrong, and a member that gives up.

#include <atomic>
#include <future>
#include <mutex>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "horde/horde.hpp"
#include "support/eventually.hpp"

using namespace horde;
using namespace std::chrono_literals;
using horde::test::eventually;

namespace {

caf::behavior idle(caf::event_based_actor*) {
  return {[](int) {}};
}

child_outcome crash_at_once(const child_start& x) {
  return child_runs{x.sys.spawn([](caf::event_based_actor* self) {
                      self->quit(
                        caf::make_error(caf::sec::runtime_error, "no luck"));
                    }),
                    {}};
}

std::mutex telling;
std::string told_text;

/// What `teller`s were started with so far.
std::string told() {
  std::lock_guard guard{telling};
  return told_text;
}

child_outcome tell_arguments(const child_start& x) {
  std::lock_guard guard{telling};
  for (std::size_t i = 0; i < x.args.size(); ++i)
    told_text += std::to_string(x.args.get_as<int>(i));
  return child_runs{x.sys.spawn(idle), {}};
}

std::atomic<bool> stubborn_ended = false;

/// Does not end when it is asked to.
child_outcome stay(const child_start& x) {
  auto child = x.sys.spawn([](caf::event_based_actor* self) {
    return with_exit(
      self, [](const caf::exit_msg&) {}, caf::message_handler{[](int) {}});
  });
  on_end(caf::actor_cast<caf::strong_actor_ptr>(child),
         [](const caf::error&) { stubborn_ended = true; });
  return child_runs{child, {}};
}

node_settings with_types(node_settings result) {
  result.child_types["stubborn"] = stay;
  result.child_types["idler"] = [](const child_start& x) -> child_outcome {
    return child_runs{x.sys.spawn(idle), {}};
  };
  result.child_types["poison"] = crash_at_once;
  result.child_types["teller"] = [](const child_start& x) {
    return tell_arguments(x);
  };
  return result;
}

struct fixture {
  caf::expected<dynamic_supervisor> supervisor(supervisor_options options) {
    options.name = "workers";
    auto result = dynamic_supervisor::start(node, std::move(options));
    if (result) // its node's listener makes it a member
      BOOST_TEST(result->wait_for_quorum(test::patience));
    return result;
  }

  errc refusal(supervisor_options options) {
    auto x = supervisor(std::move(options));
    return x ? errc::none : code_of(x.error());
  }

  config cfg;
  caf::actor_system sys{cfg};
  horde::node node = *node::start(sys, with_types(cfg.defaults));
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(supervisor_handles, fixture)

BOOST_AUTO_TEST_CASE(a_slow_listener_delays_nobody_and_misses_nothing) {
  auto workers = *supervisor({});
  std::promise<void> go_on;
  auto may_go_on = go_on.get_future().share();
  std::atomic<std::size_t> slow = 0;
  std::atomic<std::size_t> quick = 0;
  workers.subscribe([&, may_go_on](const child_events& x) {
    may_go_on.wait();
    slow += x.children.size() + x.events.size();
  });
  workers.subscribe([&](const child_events& x) {
    quick += x.children.size() + x.events.size();
  });
  for (int i = 0; i < 200; ++i)
    BOOST_REQUIRE(bool{workers.start_child({.type = "idler"})});
  BOOST_TEST(eventually([&] { return quick == 200u; }));
  BOOST_TEST(slow == 0u);
  go_on.set_value();
  BOOST_TEST(eventually([&] { return slow == quick; }));
  node.stop();
}

BOOST_AUTO_TEST_CASE(a_supervisor_that_stops_hands_its_children_over) {
  auto workers = *supervisor({});
  config other_cfg;
  caf::actor_system other_sys{other_cfg};
  auto settings = with_types(other_cfg.defaults);
  settings.seeds = {node.at()};
  auto other = *node::start(other_sys, settings);
  auto there = *dynamic_supervisor::start(other, {.name = "workers"});
  BOOST_REQUIRE(eventually([&] {
    return workers.members().members.size() == 2u
           && there.members().members.size() == 2u;
  }));
  for (int i = 0; i < 50; ++i)
    BOOST_REQUIRE(bool{workers.start_child({.type = "idler"})});
  BOOST_TEST(workers.status().local_children > 0u);
  auto copy = workers;
  BOOST_TEST(bool{workers.stop()});
  BOOST_TEST(eventually([&] { return there.status().local_children == 50u; }));
  BOOST_TEST(eventually([&] { return there.members().members.size() == 1u; }));
  auto late = copy.start_child({.type = "idler"});
  BOOST_TEST((code_of(late.error()) == errc::shutting_down));
  BOOST_TEST(bool{copy.stop()}); // again
  auto again = supervisor({});
  BOOST_REQUIRE(bool{again});
  BOOST_TEST(eventually([&] { return again->count_children().specs == 50u; }));
  BOOST_TEST(
    (code_of(dynamic_supervisor{}.stop().error()) == errc::unknown_horde));
  other.stop(0s);
}

BOOST_AUTO_TEST_CASE(who_does_not_end_in_time_is_killed_when_it_stops) {
  auto workers = *supervisor({});
  auto x = workers.start_child(
    {.type = "stubborn", .shutdown = {shutdown_kind::infinity, {}}});
  BOOST_REQUIRE(bool{x});
  auto stopped = workers.stop(100ms);
  BOOST_REQUIRE(!stopped);
  BOOST_TEST((code_of(stopped.error()) == errc::timeout));
  BOOST_TEST(eventually([&] { return stubborn_ended.load(); }));
}

BOOST_AUTO_TEST_CASE(limits_that_make_no_sense_are_bad_options) {
  BOOST_TEST((refusal({.max_seconds = 0s}) == errc::bad_option));
  BOOST_TEST((refusal({.member_max_seconds = -1s}) == errc::bad_option));
  BOOST_TEST((refusal({.backoff_first = 0s}) == errc::bad_option));
  BOOST_TEST((refusal({.max_children_of_horde = 0}) == errc::bad_option));
  BOOST_TEST((refusal({.max_starters = 0}) == errc::bad_option));
  BOOST_TEST(bool{supervisor({})}); // nothing of them is left
}

BOOST_AUTO_TEST_CASE(wrong_gates_and_default_children_are_bad_options) {
  BOOST_TEST((refusal({.place_after = {0, 1s}}) == errc::bad_option));
  BOOST_TEST((refusal({.place_after = {2, 0s}}) == errc::bad_option));
  BOOST_TEST(
    (refusal({.default_children = {{.type = "idler"}}}) == errc::bad_option));
  BOOST_TEST((refusal({.drain_timeout = 0s}) == errc::bad_option));
}

BOOST_AUTO_TEST_CASE(a_closed_gate_opens_in_time) {
  auto workers = *supervisor({.place_after = {2, 500ms}});
  auto x = workers.start_child({.type = "idler"});
  BOOST_TEST(bool{x});
  BOOST_TEST(workers.status().start_gate == "");
}

BOOST_AUTO_TEST_CASE(extra_arguments_come_first_at_each_start) {
  auto workers = *supervisor({.extra_arguments = caf::make_message(1, 2)});
  BOOST_REQUIRE(bool{workers.start_child(
    {.id = "x", .type = "teller", .args = caf::make_message(3)})});
  BOOST_TEST(told() == "123");
  workers.terminate_child("x");
  BOOST_REQUIRE(bool{workers.start_child({.id = "x", .type = "teller"})});
  BOOST_TEST(told() == "12312");
}

BOOST_AUTO_TEST_CASE(a_default_child_exists_and_comes_back) {
  auto workers =
    *supervisor({.default_children = {{.id = "clock", .type = "idler"}}});
  auto runs = [&] { return workers.count_children().active == 1u; };
  BOOST_TEST(eventually(runs));
  BOOST_TEST(bool{workers.terminate_child("clock")});
  BOOST_TEST(eventually(runs));
  BOOST_TEST(workers.status().missing.empty());
}

BOOST_AUTO_TEST_CASE(who_finds_or_starts_gets_the_one_in_all_three_forms) {
  auto workers = *supervisor({});
  auto first = workers.find_or_start("x", {.type = "idler"});
  BOOST_REQUIRE(bool{first});
  auto again = workers.find_or_start("x", {.type = "idler"});
  BOOST_REQUIRE(bool{again});
  BOOST_TEST((again->who == first->who));
  std::promise<pid> by_actor;
  std::promise<pid> by_message;
  sys.spawn([&](caf::event_based_actor* self) {
    workers.find_or_start(self, "x", {.type = "idler"})
      .then([&](const child_started& x) { by_actor.set_value(x.who); });
    ask(self, workers.actor(), test::patience,
        find_or_start{{.id = "x", .type = "idler"}})
      .then([&](const child_started& x) { by_message.set_value(x.who); });
  });
  BOOST_TEST((by_actor.get_future().get() == first->who));
  BOOST_TEST((by_message.get_future().get() == first->who));
  auto nameless = workers.find_or_start("", {.type = "idler"});
  BOOST_REQUIRE(!nameless);
  BOOST_TEST((code_of(nameless.error()) == errc::bad_child_spec));
}

BOOST_AUTO_TEST_CASE(copies_and_singletons_are_asked_for_in_a_spec) {
  auto workers = *supervisor({});
  auto all =
    workers.start_child({.id = "agent", .type = "idler", .one_per_node = true});
  BOOST_REQUIRE(bool{all});
  BOOST_TEST(!all->who);
  BOOST_TEST(eventually([&] { return workers.count_children().active == 1u; }));
  BOOST_TEST(workers.which_children().children.at(0).id
             == supervision::copy_id("agent", node.id().name));
  BOOST_TEST(bool{workers.terminate_child("agent")});
  BOOST_TEST(workers.count_children().specs == 0u);
  auto one = workers.start_child({.type = "idler", .singleton = true});
  BOOST_REQUIRE(!one);
  BOOST_TEST((code_of(one.error()) == errc::bad_child_spec));
}

BOOST_AUTO_TEST_CASE(a_full_horde_says_so) {
  auto workers = *supervisor({.max_children_of_horde = 1});
  BOOST_TEST(bool{workers.start_child({.type = "idler"})});
  auto more = workers.start_child({.type = "idler"});
  BOOST_REQUIRE(!more);
  BOOST_TEST((code_of(more.error()) == errc::max_children));
}

BOOST_AUTO_TEST_CASE(a_member_with_too_many_restarts_ends_and_may_start_anew) {
  auto workers = *supervisor({.member_max_restarts = 2});
  std::atomic<int> code = -1;
  on_end(caf::actor_cast<caf::strong_actor_ptr>(workers.actor()),
         [&](const caf::error& why) { code = static_cast<int>(code_of(why)); });
  std::ignore = workers.start_child({.id = "x", .type = "poison"});
  BOOST_TEST(eventually(
    [&] { return code == static_cast<int>(errc::too_many_restarts); }));
  auto late = workers.start_child({.type = "idler"});
  BOOST_REQUIRE(!late);
  BOOST_TEST((code_of(late.error()) == errc::shutting_down));
  auto again = supervisor({});
  BOOST_REQUIRE(again);
  BOOST_TEST(bool{again->start_child({.type = "idler"})});
}

BOOST_AUTO_TEST_CASE(a_poison_child_is_released_by_hand) {
  auto workers = *supervisor({.max_restarts = 0, .backoff_first = 60s});
  std::ignore = workers.start_child({.id = "x", .type = "poison"});
  BOOST_TEST(eventually([&] { return workers.status().quarantined == 1u; }));
  auto before = workers.status().events;
  auto x = workers.which_children().children.at(0);
  BOOST_TEST(x.last_end.find("no luck") != std::string::npos, x.last_end);
  BOOST_TEST(bool{workers.release_child("x")});
  BOOST_TEST(eventually(
    [&] { return workers.status().events.crashed > before.crashed; }));
  BOOST_TEST(workers.status().events.released == 1u);
  auto none = dynamic_supervisor{}.release_child("x");
  BOOST_REQUIRE(!none);
  BOOST_TEST((code_of(none.error()) == errc::unknown_horde));
}

BOOST_AUTO_TEST_SUITE_END()
