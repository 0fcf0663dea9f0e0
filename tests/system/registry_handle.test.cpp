// SPDX-License-Identifier: MIT
//
// The value handle of a registry on real threads: what is not in the tests of
// its machine and its engine.

#include <algorithm>
#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "horde/horde.hpp"
#include "support/eventually.hpp"

using namespace horde;
using horde::test::patience;

namespace {

caf::behavior idle(caf::event_based_actor*) {
  return {[](int) {}};
}

struct fixture {
  ~fixture() {
    for (const auto& x : {a, b})
      caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
  }

  void give(const caf::actor& who, const std::string& name, int value) {
    BOOST_REQUIRE(
      bool{names.register_name(who, name, caf::make_message(value))});
  }

  int value(const std::string& name) const {
    auto found = names.lookup(name);
    BOOST_REQUIRE(found.has_value());
    return names.value_of(*found)->get_as<int>(0);
  }

  config cfg;
  caf::actor_system sys{cfg};
  horde::node node = *node::start(sys, cfg.defaults);
  registry names = *registry::start(node, {.name = "names"});
  caf::actor a = sys.spawn(idle);
  caf::actor b = sys.spawn(idle);
};

std::vector<std::string> names_in(const std::vector<registration>& xs) {
  std::vector<std::string> result;
  for (const auto& x : xs)
    result.push_back(x.name);
  std::ranges::sort(result);
  return result;
}

const auto all = [](const entry&) { return true; };
const auto is_odd = [](const entry& x) {
  return x.value_as<int>().value_or(0) % 2 == 1;
};

caf::message next(const caf::message& x) {
  return caf::make_message(x.get_as<int>(0) + 1);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(registry_handles, fixture)

BOOST_AUTO_TEST_CASE(no_update_is_lost_among_threads) {
  constexpr int each = 500;
  give(a, "counter", 0);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < each; ++n)
        if (!names.update_value(a, "counter", next))
          return;
    });
  for (auto& x : threads)
    x.join();
  BOOST_TEST(value("counter") == 4 * each);
}

BOOST_AUTO_TEST_CASE(an_update_answers_with_both_values_or_changes_nothing) {
  give(a, "one", 1);
  auto done = names.update_value(a, "one", next);
  BOOST_REQUIRE(bool{done});
  BOOST_TEST(done->former.get_as<int>(0) == 1);
  BOOST_TEST(done->now.get_as<int>(0) == 2);
  BOOST_TEST(
    (code_of(names.update_value(b, "one", next).error()) == errc::not_owner));
  BOOST_TEST(
    (code_of(names.update_value(a, "none", next).error()) == errc::not_owner));
  auto large = [](const caf::message&) {
    return caf::make_message(std::string(1 << 20, 'x'));
  };
  BOOST_TEST(
    (code_of(names.update_value(a, "one", large).error()) == errc::too_large));
  BOOST_TEST(value("one") == 2);
}

BOOST_AUTO_TEST_CASE(an_update_may_call_the_registry) {
  give(a, "one", 1);
  auto done = names.update_value(a, "one", [&](const caf::message& x) {
    // Somebody else is faster: it is asked again.
    if (x.get_as<int>(0) == 1)
      BOOST_TEST(bool{names.update_value(a, "one", next)});
    return next(x);
  });
  BOOST_TEST(bool{done});
  BOOST_TEST(value("one") == 3);
}

BOOST_AUTO_TEST_CASE(a_name_is_given_up_if_its_value_matches) {
  give(a, "one", 1);
  auto is = [](int x) {
    return [x](const caf::message& y) { return y.get_as<int>(0) == x; };
  };
  BOOST_TEST(!names.unregister_match(a, "one", is(2)));
  BOOST_TEST(!names.unregister_match(b, "one", is(1)));
  BOOST_TEST(names.count() == 1u);
  BOOST_TEST(names.unregister_match(a, "one", is(1)));
  BOOST_TEST(!names.whereis("one").has_value());
}

BOOST_AUTO_TEST_CASE(entries_are_matched_selected_counted_and_dispatched_to) {
  give(a, "one", 1);
  give(a, "two", 2);
  give(b, "three", 3);
  std::ignore = names.register_name(b, "text", caf::make_message("x"));
  BOOST_TEST((names_in(names.select(is_odd))
              == std::vector<std::string>{"one", "three"}));
  BOOST_TEST(names.count_select(is_odd) == 2u);
  BOOST_TEST(names.count_select(all) == 4u);
  BOOST_TEST(names.match("one", is_odd).size() == 1u);
  BOOST_TEST(names.match("two", is_odd).empty());
  BOOST_TEST(names.count_match("two", all) == 1u);
  BOOST_TEST(names.match("none", all).empty());
  BOOST_TEST(names.values("two", names.pid_of(a)).size() == 1u);
  BOOST_TEST(names.values("two", names.pid_of(b)).empty());
  std::size_t calls = 0;
  auto count = [&](const std::vector<registration>& xs) { calls += xs.size(); };
  BOOST_TEST(names.dispatch("three", count) == 1u);
  BOOST_TEST(names.dispatch("none", count) == 0u);
  BOOST_TEST(calls == 1u);
  // A predicate may write.
  auto take = [&](const entry& x) {
    names.unregister(x.who() == names.pid_of(a) ? a : b, x.name());
    return true;
  };
  BOOST_TEST(names.select(take).size() == 4u);
  BOOST_TEST(names.count() == 0u);
}

BOOST_AUTO_TEST_CASE(a_name_stands_where_an_actor_is_wanted) {
  auto echo = [](caf::event_based_actor*) -> caf::behavior {
    return {[](const std::string& x) { return "echo " + x; }};
  };
  auto started =
    names.spawn_registered("echo", [&] { return sys.spawn(echo); });
  BOOST_REQUIRE(bool{started});
  auto again = names.spawn_registered("echo", [&]() -> caf::actor {
    BOOST_FAIL("the name is taken");
    return {};
  });
  BOOST_TEST((*again == *started));
  via to{names, "echo"};
  BOOST_TEST((to.whereis() == *started));
  caf::scoped_actor self{sys};
  std::string answer;
  auto problem = errc::none;
  auto note = [&](const caf::error& x) { problem = code_of(x); };
  auto take = [&](const std::string& x) { answer = x; };
  to.request(self, patience, std::string{"one"}).receive(take, note);
  BOOST_TEST(answer == "echo one");
  BOOST_TEST(bool{to.send_as(self, std::string{"two"})});
  self->receive(
    take, caf::after(patience) >> [] {});
  BOOST_TEST(answer == "echo two");
  via nobody{names, "nobody"};
  BOOST_TEST((code_of(nobody.send(1).error()) == errc::not_found));
  nobody.request(self, patience, 1).receive(take, note);
  BOOST_TEST((problem == errc::not_found));
  std::ignore = names.send("echo", caf::exit_msg{{}, caf::exit_reason::kill});
}

BOOST_AUTO_TEST_CASE(of_many_starters_of_a_name_one_actor_stays) {
  std::atomic<int> started = 0;
  std::atomic<int> wrong = 0;
  std::vector<caf::actor> actors(8);
  std::vector<std::thread> threads;
  for (auto& x : actors)
    threads.emplace_back([&] {
      auto who = names.spawn_registered("one", [&] {
        ++started;
        return x = sys.spawn(idle);
      });
      wrong += who && *who == *names.whereis("one") ? 0 : 1;
    });
  for (auto& x : threads)
    x.join();
  BOOST_TEST(wrong == 0);
  BOOST_TEST(started >= 1);
  BOOST_TEST(names.count() == 1u);
  auto owner = *names.whereis("one");
  for (const auto& x : actors)
    if (x && names.pid_of(x) != owner) {
      caf::scoped_actor self{sys};
      self->wait_for(x); // it was told to end
    }
  for (const auto& x : actors)
    caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_CASE(threads_and_actors_wait_for_a_name) {
  caf::scoped_actor self{sys};
  auto asked =
    ask(self, names.actor(), patience, await_name{"later", patience});
  std::thread waiting{[this] {
    auto found = names.await("later", patience);
    BOOST_TEST((found && found->who == names.pid_of(a)));
  }};
  give(a, "later", 1);
  waiting.join();
  std::move(asked).receive(
    [&](const registration& x) { BOOST_TEST((x.who == names.pid_of(a))); },
    [&](const caf::error& x) { BOOST_ERROR(render(x)); });
  using namespace std::chrono_literals;
  auto nobody = names.await("never", 1ms);
  BOOST_TEST((code_of(nobody.error()) == errc::timeout));
  BOOST_TEST(
    (code_of(registry{}.await("x", 1ms).error()) == errc::unknown_horde));
}

BOOST_AUTO_TEST_CASE(functions_and_actors_are_told_of_names) {
  give(a, "x", 1);
  std::atomic<int> there = 0; // how many names
  names.subscribe([&](const name_events& events) {
    for (const auto& event : events.events)
      there += event.what == name_change::registered ? 1 : -1;
  });
  caf::scoped_actor self{sys};
  names.subscribe(caf::actor_cast<caf::actor>(self));
  self->receive([&](const name_events& x) {
    BOOST_TEST((x.is_snapshot && x.is_last && x.registry == "names"));
    BOOST_REQUIRE(x.events.size() == 1u);
    BOOST_TEST(names.value_of(x.events[0].entry)->get_as<int>(0) == 1);
  });
  give(b, "y", 2);
  self->receive([&](const name_events& x) {
    BOOST_REQUIRE(x.events.size() == 1u);
    BOOST_TEST((x.events[0].entry.name == "y" && !x.is_snapshot));
  });
  BOOST_TEST(test::eventually([&] { return there == 2; }));
  names.unsubscribe(caf::actor_cast<caf::actor>(self));
  caf::anon_send_exit(a, caf::exit_reason::user_shutdown);
  BOOST_TEST(test::eventually([&] { return there == 1; }));
  node.stop(patience);
  BOOST_TEST(there == 0);                     // told of all before it ended
  names.subscribe([](const name_events&) {}); // of one that ended
}

BOOST_AUTO_TEST_CASE(a_lock_lets_in_one_caller_of_a_key) {
  auto sum = 0; // plain: the lock guards it
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i)
        std::ignore = names.lock("sum", [&] { ++sum; });
    });
  for (auto& thread : threads)
    thread.join();
  auto answer = names.lock("sum", [&] { return sum; });
  BOOST_TEST((answer && *answer == 2000));
  auto inner = errc::none;
  auto outer = names.lock("x", [&] {
    BOOST_TEST(bool{names.lock("y", [] {})});
    inner = code_of(names.lock("x", [] {}).error());
  });
  BOOST_TEST(bool{outer});
  BOOST_TEST((inner == errc::refused));
  struct failed {};
  BOOST_CHECK_THROW(std::ignore = names.lock("x", [] { throw failed{}; }),
                    failed);
  BOOST_TEST(bool{names.lock("x", [] {})});
  BOOST_TEST(
    (code_of(registry{}.lock("x", [] {}).error()) == errc::unknown_horde));
}

BOOST_AUTO_TEST_CASE(groups_are_joined_published_to_and_left) {
  auto groups =
    registry::start(node, {.name = "groups", .keys = key_mode::duplicate});
  BOOST_REQUIRE(bool{groups});
  caf::scoped_actor self{sys};
  auto me = caf::actor_cast<caf::actor>(self);
  BOOST_TEST(bool{groups->register_name(me, "team", caf::make_message(1))});
  BOOST_TEST(bool{groups->register_name(me, "team", caf::make_message(2))});
  BOOST_TEST(bool{groups->register_name(a, "team", caf::make_message(3))});
  BOOST_TEST(groups->lookup_all("team").size() == 3u);
  BOOST_TEST(groups->match("team", is_odd).size() == 2u);
  BOOST_TEST(groups->values("team", groups->pid_of(me)).size() == 2u);
  BOOST_TEST(groups->keys(groups->pid_of(me)).size() == 2u);
  BOOST_TEST(groups->count_match("team", all) == 3u);
  BOOST_TEST(*groups->publish("team", 42) == 3u);
  BOOST_TEST(*groups->publish_local("team", 42) == 3u);
  for (int i = 0; i < 4; ++i)
    self->receive([](int x) { BOOST_TEST(x == 42); });
  auto first_of_a = [&](const std::vector<registration>& xs) {
    auto i = std::ranges::find(xs, groups->pid_of(a), &registration::who);
    return static_cast<std::size_t>(i - xs.begin());
  };
  BOOST_TEST(bool{groups->send_to_one("team", first_of_a, 1)});
  groups->unregister(me, "team");
  BOOST_TEST(groups->count() == 1u);
  auto refused = groups->spawn_registered("x", [&] { return a; });
  BOOST_TEST((code_of(refused.error()) == errc::refused));
  BOOST_TEST(
    (code_of(registry{}.publish("team", 1).error()) == errc::unknown_horde));
  BOOST_TEST((code_of(registry{}.send_to_one("team", {}, 1).error())
              == errc::unknown_horde));
  BOOST_TEST((groups->status().keys == key_mode::duplicate));
}

BOOST_AUTO_TEST_CASE(a_registry_that_was_stopped_says_so) {
  give(a, "x", 1);
  auto copy = names;
  BOOST_TEST(bool{copy.put_meta("colour", caf::make_message("red"))});
  BOOST_TEST(bool{names.stop()});
  BOOST_TEST(!copy.lookup("x"));
  BOOST_TEST(copy.count() == 0u);
  BOOST_TEST(copy.keys(copy.pid_of(a)).empty());
  BOOST_TEST((code_of(copy.meta("colour").error()) == errc::not_found));
  auto late = [&](const auto& x) {
    return code_of(x.error()) == errc::shutting_down;
  };
  BOOST_TEST(late(copy.register_name(a, "y", {})));
  BOOST_TEST(late(copy.put_meta("k", {})));
  BOOST_TEST(late(copy.await("x", patience)));
  BOOST_TEST(late(copy.wait_for_acks(1, patience)));
  BOOST_TEST((code_of(copy.send("x", 1).error()) == errc::not_found));
  copy.unregister(a, "x");
  BOOST_TEST(bool{copy.stop()}); // again
  // The process lives, and another registry may have the name.
  auto again = registry::start(node, {.name = "names"});
  BOOST_REQUIRE(bool{again});
  BOOST_TEST(again->count() == 0u);
  BOOST_TEST(bool{again->register_name(a, "x", {})});
  BOOST_TEST(again->members().members.size() == 1u);
  BOOST_TEST((code_of(registry{}.stop().error()) == errc::unknown_horde));
}

BOOST_AUTO_TEST_CASE(a_registry_in_partitions_is_one_for_its_users) {
  auto parts = registry::start(node, {.name = "parts", .partitions = 5});
  BOOST_REQUIRE(bool{parts});
  caf::scoped_actor self{sys};
  std::atomic<std::size_t> told = 0;
  parts->subscribe([&](const name_events& x) { told += x.events.size(); });
  constexpr std::size_t count = 500;
  std::set<std::string> expected;
  for (std::size_t i = 0; i < count; ++i) {
    auto name = "name " + std::to_string(i);
    expected.insert(name);
    auto value = caf::make_message(static_cast<int>(i));
    if (i % 2 == 0)
      BOOST_REQUIRE(bool{parts->register_name(a, name, value)});
    else
      ask(self, parts->actor_of(name), patience, register_self{name, value})
        .receive([] {}, [](const caf::error& x) { BOOST_ERROR(render(x)); });
  }
  BOOST_TEST(parts->count() == count);
  BOOST_TEST(parts->list(10).size() == 10u);
  BOOST_TEST(parts->count_select(is_odd) == count / 2);
  std::set<std::string> found;
  for (const auto& x : parts->select(all))
    found.insert(x.name);
  BOOST_TEST((found == expected));
  BOOST_TEST(parts->keys(parts->pid_of(a)).size() == count / 2);
  for (const auto& name : expected)
    BOOST_TEST(parts->lookup(name).has_value());
  BOOST_TEST(test::eventually([&] { return told == count; }));
  // The names that there are come once; the last part is marked.
  parts->subscribe(caf::actor_cast<caf::actor>(self));
  std::set<std::string> snapshot;
  for (auto is_last = false; !is_last;)
    self->receive([&](const name_events& x) {
      BOOST_TEST((x.is_snapshot && x.registry == "parts"));
      for (const auto& event : x.events)
        BOOST_TEST(snapshot.insert(event.entry.name).second);
      is_last = x.is_last;
    });
  BOOST_TEST((snapshot == expected));
  parts->unsubscribe(caf::actor_cast<caf::actor>(self));
  BOOST_TEST(bool{parts->put_meta("colour", caf::make_message("red"))});
  BOOST_TEST(parts->meta("colour")->get_as<std::string>(0) == "red");
  BOOST_TEST(bool{parts->wait_for_acks(all_reachable, patience)});
  BOOST_TEST(parts->wait_for_quorum(patience));
  auto status = parts->status();
  BOOST_TEST((status.names == count && status.local_names == count));
  BOOST_TEST((status.partitions == 5u && status.sync.keys > count));
  // Nobody sees that there are five.
  for (const auto& x : node.status().hordes)
    BOOST_TEST((x.who.horde == "names" || x.who.horde == "parts"));
  BOOST_TEST((parts->members().members.at(0).who.horde == "parts"));
  caf::anon_send_exit(a, caf::exit_reason::user_shutdown);
  BOOST_TEST(test::eventually([&] { return parts->count() == count / 2; }));
  BOOST_TEST(bool{parts->stop()});
  BOOST_TEST(bool{registry::start(node, {.name = "parts", .partitions = 2})});
  for (auto n : {0u, 65u}) {
    auto bad = registry::start(node, {.name = "bad", .partitions = n});
    BOOST_TEST(render(bad.error()).find("partitions = ") != std::string::npos);
  }
  auto bad = registry::start(node, {.name = "a#1"});
  BOOST_TEST(render(bad.error()).find("'#'") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(
  the_last_contact_with_an_owner_is_known_without_a_message) {
  give(a, "here", 1);
  BOOST_TEST((*names.last_contact("here") == duration{0}));
  BOOST_TEST((code_of(names.last_contact("none").error()) == errc::not_found));
  BOOST_TEST(
    (code_of(registry{}.last_contact("here").error()) == errc::unknown_horde));
  auto settings = cfg.defaults;
  settings.seeds = {node.at()};
  config other_cfg;
  caf::actor_system other_sys{other_cfg};
  auto other = *node::start(other_sys, settings);
  auto other_names = *registry::start(other, {.name = "names"});
  BOOST_REQUIRE(bool{other_names.await("here", patience)});
  auto age = other_names.last_contact("here");
  BOOST_REQUIRE(bool{age});
  BOOST_TEST((*age > duration{0} && *age < patience));
}

BOOST_AUTO_TEST_CASE(conflicts_takes_a_rule_or_a_function) {
  auto start = [&](conflict_policy x) {
    auto done = registry::start(node, {.name = "x", .conflicts = std::move(x)});
    return done ? std::string{} : render(done.error());
  };
  for (const conflict_policy& x : {conflict_policy{conflict_rule::decided},
                                   conflict_policy{conflict_function{}}})
    BOOST_TEST(start(x).find("'x': conflicts takes") != std::string::npos);
  auto first = registry::start(
    node, {.name = "y", .conflicts = conflict_rule::first_wins});
  BOOST_REQUIRE(bool{first});
  BOOST_TEST((first->status().conflicts == conflict_rule::first_wins));
  BOOST_TEST(start([](const entry&, const entry&) {
               return claim_choice::earlier;
             }).empty());
}

BOOST_AUTO_TEST_CASE(members_that_differ_in_max_lease_refuse_each_other) {
  auto settings = cfg.defaults;
  settings.seeds = {node.at()};
  config other_cfg;
  caf::actor_system other_sys{other_cfg};
  auto other = *node::start(other_sys, settings);
  auto longer = *registry::start(
    other, {.name = "names", .max_lease = std::chrono::minutes{1}});
  for (auto* x : {&names, &longer}) {
    BOOST_REQUIRE(
      horde::test::eventually([&] { return !x->status().refused.empty(); }));
    auto why = x->status().refused.front();
    BOOST_TEST(why.find("max_lease=30000ms") != std::string::npos, why);
    BOOST_TEST(why.find("max_lease=60000ms") != std::string::npos, why);
  }
  give(a, "one", 1);
  auto acked = names.wait_for_acks(1, std::chrono::milliseconds{100});
  BOOST_TEST((code_of(acked.error()) == errc::timeout));
  BOOST_TEST(!longer.lookup("one").has_value());
  // Neither has a majority of both.
  for (auto* x : {&names, &longer}) {
    auto guard =
      x->cluster_lock("x", {.limit = std::chrono::milliseconds{100}});
    BOOST_TEST((code_of(guard.error()) == errc::timeout));
  }
}

BOOST_AUTO_TEST_CASE(a_thread_has_a_cluster_lock_as_long_as_its_guard) {
  auto first = names.cluster_lock("x");
  BOOST_REQUIRE(bool{first});
  BOOST_TEST(first->is_held());
  auto late =
    names.cluster_lock("x", {.limit = std::chrono::milliseconds{100}});
  BOOST_TEST((code_of(late.error()) == errc::timeout));
  auto token = first->token();
  {
    auto moved = std::move(*first);
    BOOST_TEST(!first->is_held());
    BOOST_TEST(moved.is_held());
  } // given back
  auto second = names.cluster_lock("x");
  BOOST_REQUIRE(bool{second});
  BOOST_TEST(second->token() > token);
  second->release();
  BOOST_TEST(!second->is_held());
  auto too_long = names.cluster_lock("x", {.lease = std::chrono::hours{1}});
  BOOST_TEST((code_of(too_long.error()) == errc::bad_option));
  BOOST_TEST(
    (code_of(registry{}.cluster_lock("x").error()) == errc::unknown_horde));
}

BOOST_AUTO_TEST_CASE(of_many_threads_one_at_a_time_has_a_cluster_lock) {
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  std::uint64_t last = 0; // guarded by the lock
  auto in_order = true;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 50; ++n) {
        auto guard = names.cluster_lock("x", {.limit = patience});
        if (!guard)
          return;
        most = std::max<int>(most, ++inside);
        in_order = in_order && guard->token() > last;
        last = guard->token();
        --inside;
      }
    });
  for (auto& x : threads)
    x.join();
  BOOST_TEST(most == 1);
  BOOST_TEST(in_order);
}

BOOST_AUTO_TEST_CASE(a_cluster_lock_is_lost_when_its_member_stops) {
  std::atomic<int> lost = 0;
  auto guard = names.cluster_lock("x", {.on_lost = [&] { ++lost; }});
  BOOST_REQUIRE(bool{guard});
  node.stop();
  BOOST_TEST(horde::test::eventually([&] { return lost == 1; }));
  BOOST_TEST(!guard->is_held());
  BOOST_TEST((code_of(names.cluster_lock("x").error()) == errc::shutting_down));
}

BOOST_AUTO_TEST_CASE(meta_data_may_be_given_at_the_start) {
  auto other = registry::start(
    node, {.name = "other", .meta = {{"colour", caf::make_message("red")}}});
  BOOST_REQUIRE(bool{other});
  BOOST_TEST(other->meta("colour")->get_as<std::string>(0) == "red");
  BOOST_TEST((code_of(names.meta("colour").error()) == errc::not_found));
  auto large = caf::make_message(std::string(1 << 20, 'x'));
  auto bad = registry::start(node, {.name = "bad", .meta = {{"k", large}}});
  BOOST_TEST((code_of(bad.error()) == errc::bad_option));
}

BOOST_AUTO_TEST_CASE(meta_data_are_kept_and_seen_at_once) {
  BOOST_TEST((code_of(names.meta("colour").error()) == errc::not_found));
  BOOST_TEST(bool{names.put_meta("colour", caf::make_message("red", 1))});
  BOOST_TEST(names.meta("colour")->get_as<int>(1) == 1);
  BOOST_TEST(bool{names.put_meta("colour", {})});
  BOOST_TEST(names.meta("colour")->empty());
  BOOST_TEST(bool{names.put_meta("size", caf::make_message(7))});
  auto from_d = names.list_meta(10, "d").entries;
  BOOST_REQUIRE(from_d.size() == 1u);
  BOOST_TEST(names.value_of(from_d[0])->get_as<int>(0) == 7);
  BOOST_TEST(names.list_meta().entries.size() == 2u);
  BOOST_TEST(registry{}.list_meta().entries.empty());
  BOOST_TEST(bool{names.delete_meta("colour")});
  BOOST_TEST(bool{names.delete_meta("colour")});
  BOOST_TEST((code_of(names.meta("colour").error()) == errc::not_found));
  auto large = caf::make_message(std::string(1 << 20, 'x'));
  BOOST_TEST(
    (code_of(names.put_meta("colour", large).error()) == errc::too_large));
  BOOST_TEST((code_of(registry{}.put_meta("colour", {}).error())
              == errc::unknown_horde));
}

BOOST_AUTO_TEST_SUITE_END()
