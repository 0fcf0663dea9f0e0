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

node_settings with_types(node_settings result) {
  result.child_types["idler"] = [](const child_start& x) -> child_outcome {
    return child_runs{x.sys.spawn(idle), {}};
  };
  result.child_types["poison"] = crash_at_once;
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

BOOST_AUTO_TEST_CASE(limits_that_make_no_sense_are_bad_options) {
  BOOST_TEST((refusal({.max_seconds = 0s}) == errc::bad_option));
  BOOST_TEST((refusal({.member_max_seconds = -1s}) == errc::bad_option));
  BOOST_TEST((refusal({.backoff_first = 0s}) == errc::bad_option));
  BOOST_TEST((refusal({.max_children_of_horde = 0}) == errc::bad_option));
  BOOST_TEST((refusal({.max_starters = 0}) == errc::bad_option));
  BOOST_TEST(bool{supervisor({})}); // nothing of them is left
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
