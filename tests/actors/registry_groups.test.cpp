// SPDX-License-Identifier: MIT
//
// Groups: duplicate keys, and messages to all or one of them. And conflicts
// that a function decides.

#include <boost/test/unit_test.hpp>
#include <map>

#include "horde/actors/entry.hpp"
#include "horde/actors/registry_engine.hpp"
#include "support/caf_cluster.hpp"

using namespace horde;
using namespace horde::test;
using namespace std::chrono_literals;

namespace {

caf::strong_actor_ptr ptr(const caf::actor& x) {
  return caf::actor_cast<caf::strong_actor_ptr>(x);
}

template <class T>
errc code(const caf::expected<T>& x) {
  return x ? errc::none : code_of(x.error());
}

struct groups {
  ~groups() {
    for (const auto& x : actors)
      caf::anon_send_exit(x, caf::exit_reason::kill);
    c.quiet.run();
  }

  /// One that counts the numbers it is sent, and by whom.
  caf::actor counter() {
    auto body = [this](caf::event_based_actor* self) -> caf::behavior {
      return {[=, this](int x) {
        sum[self->id()] += x;
        last_sender = self->current_sender();
      }};
    };
    return actors.emplace_back(c.quiet.sys().spawn(body));
  }

  void join(std::size_t node, const caf::actor& who, const std::string& name) {
    BOOST_REQUIRE(
      (code(c[node].names->register_name(ptr(who), name, {})) == errc::none));
    c.quiet.run();
  }

  std::size_t publish(std::size_t node, const std::string& name, int x,
                      publish_scope scope = publish_scope::everywhere) {
    auto done =
      c[node].names->publish(ptr(a), name, caf::make_message(x), scope);
    c.quiet.run();
    return done ? *done : 999;
  }

  std::map<caf::actor_id, int> sum;
  caf::strong_actor_ptr last_sender;
  caf_cluster c{3, member_mode::automatic, {}, {}, {key_mode::duplicate, {}}};
  std::vector<caf::actor> actors;
  caf::actor a = counter();
  caf::actor b = counter();
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(registry_groups, groups)

BOOST_AUTO_TEST_CASE(what_is_published_reaches_each_entry_on_each_node) {
  c.introduce_all();
  join(0, a, "team");
  join(1, b, "team");
  join(1, b, "team"); // twice, and is told twice
  join(2, counter(), "teams");
  BOOST_TEST(publish(0, "team", 1) == 3u);
  BOOST_TEST(publish(2, "team", 10) == 3u);
  BOOST_TEST(sum[a->id()] == 11);
  BOOST_TEST(sum[b->id()] == 22);
  BOOST_TEST((last_sender == ptr(a)));
  BOOST_TEST(sum.size() == 2u);
  BOOST_TEST(publish(1, "team", 100, publish_scope::this_node) == 2u);
  BOOST_TEST(sum[a->id()] == 11);
  BOOST_TEST(sum[b->id()] == 222);
  BOOST_TEST(publish(0, "nobody", 1) == 0u);
  c.kill(1);
  c.quiet.run();
  BOOST_TEST(publish(0, "team", 1000) == 1u);
}

BOOST_AUTO_TEST_CASE(a_group_shrinks_as_its_processes_end) {
  c.introduce_all();
  join(0, a, "team");
  join(1, b, "team");
  BOOST_TEST(c[2].names->view().lookup_all("team").size() == 2u);
  caf::anon_send_exit(a, caf::exit_reason::user_shutdown);
  c.quiet.run();
  auto left = c[2].names->view().lookup_all("team");
  BOOST_REQUIRE(left.size() == 1u);
  BOOST_TEST(left[0].who.actor == b->id());
  c[1].names->unregister(b->id(), "team");
  c.quiet.run();
  BOOST_TEST(c[2].names->view().count() == 0u);
}

BOOST_AUTO_TEST_CASE(one_of_a_group_is_chosen) {
  c.introduce_all();
  join(0, a, "team");
  join(1, b, "team");
  const auto& names = *c[2].names;
  auto send = [&](const actors::registry_engine::chooser& choose) {
    auto done =
      names.send_to_one(nullptr, "team", choose, caf::make_message(1));
    c.quiet.run();
    return code(done);
  };
  auto second = [&](const std::vector<registration>& all) {
    return all[0].who.actor == b->id() ? 0u : 1u;
  };
  BOOST_TEST((send(second) == errc::none));
  BOOST_TEST(sum[b->id()] == 1);
  BOOST_TEST(
    (send([](const auto& all) { return all.size(); }) == errc::refused));
  for (int i = 0; i < 100; ++i) // any
    BOOST_TEST((send({}) == errc::none));
  BOOST_TEST(sum[a->id()] + sum[b->id()] == 101);
  BOOST_TEST(sum[a->id()] > 10);
  BOOST_TEST(sum[b->id()] > 10);
  BOOST_TEST(
    (code(names.send_to_one(nullptr, "nobody", {}, {})) == errc::not_found));
}

BOOST_AUTO_TEST_CASE(what_is_one_by_nature_is_refused_with_duplicate_keys) {
  join(0, a, "team");
  auto& names = *c[0].names;
  auto sent = names.send(nullptr, "team", caf::make_message(1));
  BOOST_TEST((code(sent) == errc::refused));
  BOOST_TEST(render(sent.error()).find("'names' has duplicate ones")
             != std::string::npos);
  BOOST_TEST(
    (code(names.update_value(a->id(), "team", [](const auto& x) { return x; }))
     == errc::refused));
}

BOOST_AUTO_TEST_CASE(entries_are_given_up_by_their_value) {
  for (int i = 1; i <= 4; ++i)
    BOOST_TEST(
      (code(c[0].names->register_name(ptr(a), "team", caf::make_message(i)))
       == errc::none));
  auto is_odd = [](const caf::message& x) { return x.get_as<int>(0) % 2 == 1; };
  BOOST_TEST(c[0].names->unregister_match(a->id(), "team", is_odd));
  BOOST_TEST(!c[0].names->unregister_match(a->id(), "team", is_odd));
  BOOST_TEST(c[0].names->view().lookup_all("team").size() == 2u);
}

BOOST_AUTO_TEST_CASE(listeners_are_told_of_each_entry_once) {
  c.introduce_all();
  std::vector<name_event> told;
  auto body = [&](caf::event_based_actor*) -> caf::behavior {
    return {[&](const name_events& x) {
      told.insert(told.end(), x.events.begin(), x.events.end());
    }};
  };
  join(0, a, "team");
  c[1].parts->subscribe(ptr(actors.emplace_back(c.quiet.sys().spawn(body))));
  c.quiet.run();
  join(0, a, "team");
  join(2, b, "team");
  BOOST_REQUIRE(told.size() == 3u);
  for (const auto& x : told)
    BOOST_TEST((x.what == name_change::registered && x.entry.name == "team"));
  caf::anon_send_exit(a, caf::exit_reason::user_shutdown);
  c.quiet.run();
  BOOST_REQUIRE(told.size() == 5u);
  for (auto i : {3u, 4u}) {
    BOOST_TEST((told[i].what == name_change::unregistered));
    BOOST_TEST((told[i].cause == name_cause::exit));
    BOOST_TEST(told[i].entry.who.actor == a->id());
  }
}

BOOST_AUTO_TEST_CASE(messages_do_the_same) {
  c.introduce_all();
  join(0, a, "team");
  join(1, b, "team");
  caf::scoped_actor self{c.quiet.sys()};
  auto ask_for = [&]<class T>(auto question, T& answer) {
    auto sent = ask(self, c[0].names_actor, 1s, std::move(question));
    c.quiet.run();
    std::move(sent).receive(
      [&](T& x) { answer = std::move(x); },
      [](const caf::error& x) { BOOST_ERROR(render(x)); });
  };
  published done;
  ask_for(publish_to{"team", caf::make_message(5)}, done);
  BOOST_TEST(done.count == 2u);
  BOOST_TEST((sum[a->id()] == 5 && sum[b->id()] == 5));
  name_list list;
  ask_for(lookup_group{"team"}, list);
  BOOST_TEST((list.total == 2u && list.names.size() == 2u));
  tell(self, c[0].names_actor, send_to_any{"team", caf::make_message(1)});
  c.quiet.run();
  BOOST_TEST(sum[a->id()] + sum[b->id()] == 11);
}

BOOST_AUTO_TEST_SUITE_END()

// -- conflicts ---------------------------------------------------------------

namespace {

/// The larger value stays.
claim_choice larger(const entry& earlier, const entry& later) {
  return *earlier.value_as<int>() > *later.value_as<int>()
           ? claim_choice::earlier
           : claim_choice::later;
}

/// Each node registers `values[i]` under one name, one after the other, before
/// they meet. Returns what is left on all.
int value_after_conflict(conflict_function choose, std::vector<int> values) {
  caf_cluster c{values.size(),
                member_mode::automatic,
                {},
                {},
                {key_mode::unique, std::move(choose)}};
  std::vector<caf::actor> actors;
  for (std::size_t i = 0; i < values.size(); ++i) {
    actors.push_back(spawn_idler(c.quiet.sys()));
    BOOST_REQUIRE(bool{c[i].names->register_name(
      ptr(actors[i]), "x", caf::make_message(values[i]))});
    c.quiet.advance(1s);
  }
  std::size_t evicted = 0;
  for (const auto& x : actors)
    on_end(ptr(x), [&](const caf::error& why) {
      evicted += code_of(why) == errc::name_conflict ? 1 : 0;
    });
  c.introduce_all();
  c.quiet.advance(1s);
  BOOST_TEST(evicted == values.size() - 1);
  std::set<int> found;
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto x = c[i].names->view().lookup("x");
    BOOST_REQUIRE(x.has_value());
    found.insert(value_of(c.quiet.sys(), x->value)->get_as<int>(0));
  }
  for (const auto& x : actors)
    caf::anon_send_exit(x, caf::exit_reason::kill);
  c.quiet.run();
  BOOST_REQUIRE(found.size() == 1u);
  return *found.begin();
}

} // namespace

BOOST_AUTO_TEST_SUITE(conflict_functions)

BOOST_AUTO_TEST_CASE(the_claim_that_a_function_chooses_stays) {
  BOOST_TEST(value_after_conflict(larger, {1, 3, 2}) == 3);
  BOOST_TEST(value_after_conflict(larger, {3, 2, 1}) == 3);
  BOOST_TEST(value_after_conflict(larger, {1, 2, 3}) == 3);
}

BOOST_AUTO_TEST_CASE(it_sees_both_entries_in_the_order_of_their_claims) {
  auto count = 0;
  auto choose = [&](const entry& earlier, const entry& later) {
    BOOST_TEST((earlier.name() == "x" && later.name() == "x"));
    BOOST_TEST(*earlier.value_as<int>() == 1);
    BOOST_TEST(*later.value_as<int>() == 2);
    BOOST_TEST((earlier.member() == member_id{"names", "n0"}));
    BOOST_TEST((later.member() == member_id{"names", "n1"}));
    BOOST_TEST(later.who().actor != earlier.who().actor);
    ++count;
    return claim_choice::earlier;
  };
  BOOST_TEST(value_after_conflict(choose, {1, 2}) == 1);
  BOOST_TEST(count == 1);
}

BOOST_AUTO_TEST_CASE(if_it_throws_the_later_claim_stays) {
  auto choose = [](const entry&, const entry&) -> claim_choice {
    throw std::runtime_error{"no idea"};
  };
  BOOST_TEST(value_after_conflict(choose, {1, 2}) == 2);
}

BOOST_AUTO_TEST_SUITE_END()
