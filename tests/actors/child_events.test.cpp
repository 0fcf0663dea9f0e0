// SPDX-License-Identifier: MIT
//
// What listeners of a supervisor are told of its children, and the release of a
// child by hand.

#include <boost/test/unit_test.hpp>

#include <list>
#include <map>

#include "horde/actors/supervisor_engine.hpp"
#include "support/caf_cluster.hpp"

using namespace horde;
using namespace horde::test;
using namespace std::chrono_literals;
using scheduling::child_state;

namespace {

using lines = std::vector<std::string>;

/// Writes down what it is told.
struct listener {
  lines found; ///< ids of the snapshot
  lines heard; ///< "what id"
  std::vector<child_event> events;
  bool has_all = false;
  bool is_late = false; ///< something of the snapshot came after its end

  void operator()(const child_events& x) {
    is_late = is_late || (has_all && x.is_snapshot);
    has_all = has_all || x.is_last;
    for (const auto& child : x.children)
      found.push_back(child.id);
    for (const auto& event : x.events) {
      heard.push_back(std::string{to_string(event.what)} + " " + event.id);
      events.push_back(event);
    }
  }
};

struct fixture {
  std::list<listener> listeners; // live longer than the members
  caf_cluster c{3};
  std::map<std::uint64_t, caf::actor> children; ///< by actor id

  fixture() {
    c.types["idler"] = [this](const child_start& x) -> child_outcome {
      auto child = spawn_idler(x.sys);
      children[child->id()] = child;
      return child_runs{child, {}};
    };
    c.introduce_all();
  }

  ~fixture() {
    c.stop();
    children.clear(); // before the system ends
  }

  void settle() {
    c.quiet.run();
    c.quiet.advance(10ms);
  }

  pid start(const std::string& id) {
    pid result;
    c[0].workers->start_child({.id = id, .type = "idler"}, [&](auto x) {
      if (x)
        result = x->who;
    });
    settle();
    return result;
  }

  listener& listen(std::size_t i) {
    auto& x = listeners.emplace_back();
    c[i].workers->subscribe([&x](const child_events& events) { x(events); });
    return x;
  }

  scheduling::child_info find(std::size_t i, const std::string& id) {
    for (const auto& x : c[i].workers->which_children().children)
      if (x.id == id)
        return x;
    return {};
  }

  void crash(const std::string& id) {
    auto why = caf::make_error(caf::sec::runtime_error, "no luck");
    deliver(
      nullptr,
      caf::actor_cast<caf::strong_actor_ptr>(children[find(0, id).pid.actor]),
      caf::make_message(caf::exit_msg{{}, std::move(why)}));
    settle();
  }

  void drive_mad(const std::string& id) {
    for (int i = 0; i < 4; ++i)
      crash(id);
    BOOST_REQUIRE((find(0, id).state == child_state::quarantined));
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(child_events_tests, fixture)

BOOST_AUTO_TEST_CASE(first_come_the_children_there_are_then_each_event) {
  start("a");
  std::vector<listener*> all{&listen(0), &listen(1), &listen(2)};
  settle();
  auto first = start("b");
  crash("b");
  c[1].workers->terminate_child("b", {}, [](auto) {});
  settle();
  for (auto* x : all) {
    BOOST_TEST(x->found == lines{"a"}, boost::test_tools::per_element());
    BOOST_TEST(x->has_all);
    lines told{"started b", "crashed b", "restarted b", "ended b"};
    BOOST_TEST(x->heard == told, boost::test_tools::per_element());
    BOOST_TEST((x->events[0].pid == first));
    BOOST_TEST(x->events[1].reason.find("no luck") != std::string::npos,
               x->events[1].reason);
    BOOST_TEST(x->events[3].reason == "terminated");
  }
}

BOOST_AUTO_TEST_CASE(a_long_snapshot_comes_in_parts_with_events_in_between) {
  for (int i = 0; i < 1200; ++i)
    c[0].workers->start_child({.id = "c" + std::to_string(i), .type = "idler"},
                              [](auto) {});
  settle();
  auto& x = listen(1);
  while (!x.has_all && c.quiet.step())
    if (x.found.size() == 500u && listeners.size() == 1u) {
      listen(2); // only to come here once
      for (const auto* id : {"c0", "c999"})
        c[1].workers->terminate_child(id, {}, [](auto) {});
    }
  settle();
  BOOST_TEST(!x.is_late);
  // Of one that it had heard of it hears the end; the other may be told in
  // either way, but not be left over.
  std::map<std::string, int> there;
  for (const auto& id : x.found)
    ++there[id];
  for (const auto& event : x.events)
    --there[event.id];
  for (const auto& [id, n] : there)
    BOOST_TEST((n == (id == "c0" || id == "c999" ? 0 : 1)), id << " " << n);
  BOOST_TEST(c[1].workers->which_children().total == 1198u);
}

BOOST_AUTO_TEST_CASE(actors_listen_by_message_until_they_end_or_say_so) {
  auto& x = listeners.emplace_back();
  auto reader =
    c.quiet.sys().spawn([&x](caf::event_based_actor*) -> caf::behavior {
      return {[&x](const child_events& events) { x(events); }};
    });
  auto member = caf::actor_cast<caf::strong_actor_ptr>(c[1].workers_actor);
  auto who = caf::actor_cast<caf::strong_actor_ptr>(reader);
  deliver(who, member, caf::make_message(subscribe_children{}));
  deliver(who, member, caf::make_message(subscribe_children{})); // once
  settle();
  start("a");
  BOOST_TEST(x.heard == lines{"started a"}, boost::test_tools::per_element());
  deliver(who, member, caf::make_message(unsubscribe_children{}));
  settle();
  start("b");
  BOOST_TEST(x.heard.size() == 1u);
  deliver(who, member, caf::make_message(subscribe_children{}));
  settle();
  BOOST_TEST(x.found.size() == 2u);
  who = nullptr;
  caf::anon_send_exit(reader, caf::exit_reason::user_shutdown);
  reader = nullptr;
  settle();
  start("c"); // nobody is told
  BOOST_TEST(x.heard.size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_status_counts_events_also_if_nobody_listens) {
  start("a");
  crash("a");
  for (std::size_t i = 0; i < c.size(); ++i) {
    auto counts = c[i].workers->status().events;
    BOOST_TEST((counts == child_event_counts{1, 1, 1, 0, 0, 0, 0}));
  }
}

BOOST_AUTO_TEST_CASE(who_asks_learns_why_a_child_waits_and_until_when) {
  start("a");
  BOOST_TEST((find(1, "a").started > wall_time{}));
  drive_mad("a");
  for (std::size_t i = 0; i < c.size(); ++i) {
    auto x = find(i, "a");
    BOOST_TEST(x.last_end.find("no luck") != std::string::npos, x.last_end);
    BOOST_TEST(x.crashes == 4u);
    BOOST_TEST((x.next_start > wall_time{}));
    BOOST_TEST((x.started == wall_time{}));
  }
}

BOOST_AUTO_TEST_CASE(a_child_is_released_by_hand_through_any_member) {
  start("a");
  auto& x = listen(0);
  for (std::size_t i = 0; i < c.size(); ++i) {
    drive_mad("a");
    auto nobody = c[i].workers->release_child("nobody");
    BOOST_REQUIRE(!nobody);
    BOOST_TEST((code_of(nobody.error()) == errc::not_found));
    BOOST_TEST(bool(c[i].workers->release_child("a")));
    settle();
    BOOST_TEST((find(2, "a").state == child_state::running));
    auto again = c[i].workers->release_child("a");
    BOOST_REQUIRE(!again);
    BOOST_TEST((code_of(again.error()) == errc::not_quarantined));
    BOOST_TEST(x.heard.back() == "restarted a");
  }
  BOOST_TEST(c[1].workers->status().events.released == 3u);
}

BOOST_AUTO_TEST_SUITE_END()
