// SPDX-License-Identifier: MIT

#include "horde/actors/supervisor_engine.hpp"

#include <algorithm>
#include <map>

#include <boost/test/unit_test.hpp>

#include "support/caf_cluster.hpp"
#include "support/memory_store.hpp"

using namespace horde;
using namespace horde::test;
using scheduling::child_state;

namespace {

struct fixture {
  std::shared_ptr<sim::memory_store> disk =
    std::make_shared<sim::memory_store>(); ///< of the first member
  caf_cluster c{3, member_mode::automatic, disk};
  int factory_calls = 0;
  std::map<std::uint64_t, caf::actor> children; ///< by actor id

  fixture() {
    c.types["idler"] = [this](const child_start& x) -> child_outcome {
      ++factory_calls;
      auto child = spawn_idler(x.sys);
      children[child->id()] = child;
      return child_runs{child, {}};
    };
    c.types["ignored"] = [](const child_start&) -> child_outcome {
      return child_ignored{};
    };
    c.types["throws"] = [](const child_start&) -> child_outcome {
      throw std::runtime_error("no luck");
    };
    // It takes its id for a name when nobody knows yet what it is.
    c.types["named"] = [this](const child_start& x) -> child_outcome {
      auto child = spawn_idler(x.sys);
      children[child->id()] = child;
      auto on = std::ranges::find_if(c, [&](auto& at) {
        return at.context->children.is_starting(
          actors::child_identity("workers", x.id));
      });
      auto named = on->names->register_name(
        caf::actor_cast<caf::strong_actor_ptr>(child), x.id, {});
      if (!named)
        return named.error();
      return child_runs{child, {}};
    };
    c.introduce_all();
  }

  ~fixture() {
    c.stop();
    children.clear(); // before the system ends
  }

  caf::expected<child_started> start(std::size_t on, child_spec spec) {
    caf::expected<child_started> result{caf::sec::runtime_error};
    c[on].workers->start_child(std::move(spec), [&](auto x) { result = x; });
    settle();
    return result;
  }

  void settle() {
    c.quiet.run();
    c.quiet.advance(std::chrono::milliseconds{10});
  }

  errc start_code(child_spec spec) {
    auto x = start(0, std::move(spec));
    return x ? errc::none : code_of(x.error());
  }

  std::size_t running(std::size_t seen_from) {
    std::size_t result = 0;
    for (const auto& x : c[seen_from].workers->which_children().children)
      result += x.state == child_state::running ? 1 : 0;
    return result;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(supervisor_members, fixture)

BOOST_AUTO_TEST_CASE(children_run_spread_over_the_members_and_all_see_them) {
  for (int i = 0; i < 30; ++i)
    BOOST_TEST(
      bool(start(0, {.id = "c" + std::to_string(i), .type = "idler"})));
  for (std::size_t i = 0; i < c.size(); ++i) {
    BOOST_TEST(running(i) == 30u);
    BOOST_TEST(c[i].workers->status().local_children > 3u);
  }
}

BOOST_AUTO_TEST_CASE(an_id_runs_once) {
  auto first = start(0, {.id = "x", .type = "idler"});
  BOOST_REQUIRE(first);
  auto second = start(1, {.id = "x", .type = "idler"});
  BOOST_REQUIRE(!second);
  BOOST_TEST((code_of(second.error()) == errc::already_started));
  BOOST_TEST(factory_calls == 1);
}

BOOST_AUTO_TEST_CASE(each_way_a_start_can_fail_has_a_name) {
  BOOST_TEST((start_code({.type = "nope"}) == errc::unknown_child_type));
  BOOST_TEST((start_code({.type = "ignored"}) == errc::ignored));
  BOOST_TEST((start_code({.type = "throws"}) == errc::start_failed));
  BOOST_TEST((start_code({.type = ""}) == errc::bad_child_spec));
  BOOST_TEST(running(0) == 0u);
}

BOOST_AUTO_TEST_CASE(a_crashed_child_is_back_a_temporary_one_is_not) {
  auto permanent = start(0, {.id = "p", .type = "idler"});
  auto temporary =
    start(0, {.id = "t", .type = "idler", .restart = restart::temporary});
  BOOST_REQUIRE(permanent);
  BOOST_REQUIRE(temporary);
  for (const auto& x : {permanent->who, temporary->who})
    caf::anon_send_exit(children[x.actor], caf::exit_reason::kill);
  settle();
  BOOST_TEST(factory_calls == 3);
  BOOST_TEST(running(1) == 1u);
  BOOST_TEST(c[1].workers->count_children().specs == 1u);
}

BOOST_AUTO_TEST_CASE(a_child_takes_its_name_along_when_its_node_is_cut_off) {
  auto ada = start(0, {.id = "ada", .type = "named"});
  BOOST_REQUIRE(ada);
  std::size_t home = 0;
  while (c[home].context->self.life != ada->who.node)
    ++home;
  auto other = (home + 1) % 3;
  c.cut_off(home);
  for (int i = 0; i < 100; ++i)
    settle();
  auto copy = c[other].names->view().lookup("ada");
  BOOST_REQUIRE(copy.has_value());
  BOOST_TEST((copy->who != ada->who));
  c.reconnect(home);
  for (int i = 0; i < 100; ++i)
    settle();
  BOOST_TEST(running(other) == 1U);
  auto child = c[other].workers->which_children().children.front();
  for (std::size_t i = 0; i < 3; ++i)
    BOOST_TEST((c[i].names->view().lookup("ada")->who == child.pid));
  BOOST_TEST(child.crashes == 0U);
}

BOOST_AUTO_TEST_CASE(a_child_is_terminated_through_any_member) {
  for (std::size_t i = 0; i < 3; ++i) {
    auto id = "x" + std::to_string(i);
    BOOST_REQUIRE(start(0, {.id = id, .type = "idler"}));
    auto code = errc::timeout;
    c[i].workers->terminate_child(
      id, {}, [&](auto x) { code = x ? errc::none : code_of(x.error()); });
    settle();
    BOOST_TEST((code == errc::none));
    BOOST_TEST(running(0) == 0u);
  }
}

BOOST_AUTO_TEST_CASE(the_children_of_a_dead_node_run_on_the_survivors) {
  for (int i = 0; i < 12; ++i)
    BOOST_REQUIRE(start(0, {.id = "c" + std::to_string(i), .type = "idler"}));
  auto lost = c[2].workers->status().local_children;
  BOOST_REQUIRE(lost > 0u);
  c.kill(2);
  for (int i = 0; i < 100; ++i)
    settle();
  BOOST_TEST(running(0) == 12u);
  BOOST_TEST(running(1) == 12u);
  BOOST_TEST(c[0].workers->status().local_children
               + c[1].workers->status().local_children
             == 12u);
}

BOOST_AUTO_TEST_CASE(the_status_of_a_member_tells_how_its_store_does) {
  using sync::store_state;
  auto store = [this](std::size_t i) { return c[i].workers->status().store; };
  BOOST_REQUIRE(start(0, {.id = "a", .type = "idler"}));
  BOOST_TEST((store(1).state == store_state::none));
  BOOST_TEST((store(0).state == store_state::works));
  disk->is_full = true;
  BOOST_TEST(bool(start(0, {.id = "b", .type = "idler"}))); // it goes on
  auto failing = store(0);
  BOOST_TEST((failing.state == store_state::fails));
  BOOST_TEST(failing.problem == "the store is full");
  BOOST_TEST(failing.failed_steps > 0u);
  disk->is_full = false;
  c.quiet.advance(std::chrono::seconds{31}); // it is tried again by itself
  auto again = store(0);
  BOOST_TEST((again.state == store_state::works));
  BOOST_TEST(again.problem == "");
  BOOST_TEST((again.since > failing.since));
}

BOOST_AUTO_TEST_CASE(what_the_store_did_not_take_is_tried_when_the_node_stops) {
  disk->is_full = true;
  BOOST_TEST(bool(start(0, {.id = "b", .type = "idler"})));
  disk->is_full = false;
  auto records = disk->records.size();
  c[0].workers->kill_all();
  BOOST_TEST(disk->records.size() > records);
}

BOOST_AUTO_TEST_SUITE_END()
