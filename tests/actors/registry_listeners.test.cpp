// SPDX-License-Identifier: MIT
//
// What listeners of a registry are told, and who waits for a name.

#include <boost/test/unit_test.hpp>

#include <array>
#include <list>
#include <map>
#include <random>

#include "horde/actors/registry_engine.hpp"
#include "support/caf_cluster.hpp"

using namespace horde;
using namespace horde::test;
using namespace std::chrono_literals;

namespace {

caf::strong_actor_ptr ptr(const caf::actor& x) {
  return caf::actor_cast<caf::strong_actor_ptr>(x);
}

/// Writes down what it is told: "+name cause" or "-name cause".
struct listener {
  std::vector<std::string> heard; ///< changes
  std::vector<std::string> found; ///< names of the snapshot
  std::size_t messages = 0;
  bool has_all = false;
  std::map<std::string, registration> names; ///< what follows from all that

  void operator()(const name_events& x) {
    ++messages;
    has_all = has_all || x.is_last;
    for (const auto& event : x.events) {
      const auto& name = event.entry.name;
      auto is_there = event.what == name_change::registered;
      if (x.is_snapshot)
        found.push_back(name);
      else
        heard.push_back((is_there ? "+" : "-") + name + " "
                        + to_string(event.cause));
      if (is_there)
        names.insert_or_assign(name, event.entry);
      else
        names.erase(name);
    }
  }

  std::vector<std::string> take() { return std::exchange(heard, {}); }
};

using lines = std::vector<std::string>;

struct fixture {
  explicit fixture(member_mode mode = member_mode::automatic) : c{3, mode} {}

  std::list<listener> listeners; // live longer than the members
  caf_cluster c;
  std::vector<caf::actor> processes;

  ~fixture() {
    for (const auto& x : processes)
      caf::anon_send_exit(x, caf::exit_reason::kill);
    c.quiet.run();
  }

  caf::actor spawn() {
    processes.push_back(spawn_idler(c.quiet.sys()));
    return processes.back();
  }

  /// At that member.
  listener& listen(std::size_t i) {
    auto& x = listeners.emplace_back();
    c[i].parts->subscribe([&x](const name_events& events) { x(events); });
    return x;
  }

  /// True if it has the name now.
  bool give(std::size_t i, const caf::actor& who, const std::string& name) {
    return static_cast<bool>(c[i].names->register_name(ptr(who), name, {}));
  }

  std::map<std::string, registration> seen_by(std::size_t i) {
    std::map<std::string, registration> result;
    c[i].names->view().for_each([&](const registration& x) {
      result.emplace(x.name, x);
      return true;
    });
    return result;
  }
};

struct dynamic_fixture : fixture {
  dynamic_fixture() : fixture(member_mode::dynamic) {}
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(registry_listeners, fixture)

BOOST_AUTO_TEST_CASE(first_come_the_names_there_are_then_each_change) {
  c.introduce_all();
  auto a = spawn();
  BOOST_TEST(give(0, a, "x"));
  c.quiet.run();
  auto& here = listen(0);
  auto& there = listen(1);
  c.quiet.run();
  for (auto* x : {&here, &there}) {
    BOOST_TEST((x->found == lines{"x"}));
    BOOST_TEST(x->has_all);
    BOOST_TEST(x->heard.empty());
  }
  BOOST_TEST(give(0, a, "y"));
  c.quiet.run();
  std::ignore = c[0].names->update_value(
    a->id(), "y", [](const auto&) { return caf::make_message(7); });
  c.quiet.run();
  c[0].names->unregister(a->id(), "x");
  c.quiet.run();
  caf::anon_send_exit(a, caf::exit_reason::user_shutdown);
  c.quiet.run();
  lines all{"+y claim", "+y update", "-x unregister", "-y exit"};
  BOOST_TEST(here.take() == all, boost::test_tools::per_element());
  BOOST_TEST(there.take() == all, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_name_that_is_lost_to_another_goes_by_conflict) {
  auto a = spawn();
  auto b = spawn();
  BOOST_TEST(give(0, a, "x"));
  c.quiet.advance(1s);
  BOOST_TEST(give(1, b, "x"));
  auto& loser = listen(0);
  c.quiet.run();
  c.introduce_all();
  c.quiet.advance(1s);
  BOOST_TEST(loser.take() == (lines{"-x conflict", "+x member_up"}),
             boost::test_tools::per_element());
  BOOST_TEST((loser.names.at("x").who.actor == b->id()));
}

BOOST_AUTO_TEST_CASE(the_names_of_a_member_go_and_return_with_it) {
  c.introduce_all();
  auto a = spawn();
  BOOST_TEST(give(0, a, "x"));
  BOOST_TEST(give(1, a, "y"));
  c.quiet.run();
  auto& x = listen(2);
  c.quiet.run();
  c.cut_off(0);
  c.quiet.run();
  BOOST_TEST((x.take() == lines{"-x member_down"}));
  c.reconnect(0);
  c.quiet.advance(1s);
  BOOST_TEST((x.take() == lines{"+x member_up"}));
}

BOOST_FIXTURE_TEST_CASE(the_names_of_who_is_removed_go, dynamic_fixture) {
  c.introduce_all();
  members all;
  for (std::size_t i = 0; i < c.size(); ++i)
    all.push_back(c[i].names_member.who);
  std::ignore = c[0].names->set_members(all);
  c.quiet.advance(1s);
  auto a = spawn();
  BOOST_REQUIRE(give(0, a, "x"));
  c.quiet.run();
  auto& x = listen(2);
  c.quiet.run();
  BOOST_REQUIRE((x.found == lines{"x"}));
  std::ignore = c[2].names->set_members({all[1], all[2]});
  c.quiet.advance(1s);
  BOOST_TEST(x.names.empty());
  BOOST_TEST(x.heard.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_listener_that_ends_or_unsubscribes_hears_no_more) {
  caf::scoped_actor self{c.quiet.sys()};
  auto whom = ptr(self);
  c[0].parts->subscribe(whom);
  c[0].parts->subscribe(whom); // as once
  c.quiet.run();
  auto heard = 0;
  auto drain = [&] {
    auto is_over = false;
    while (!is_over)
      self->receive([&](const name_events&) { ++heard; },
                    caf::after(0s) >> [&] { is_over = true; });
  };
  drain();
  BOOST_TEST(heard == 1);
  c[0].parts->unsubscribe(whom);
  BOOST_TEST(give(0, spawn(), "x"));
  c.quiet.run();
  drain();
  BOOST_TEST(heard == 1);
}

BOOST_AUTO_TEST_CASE(changes_while_the_names_are_told_are_not_lost_or_doubled) {
  auto a = spawn();
  auto name = [](int i) { return "name " + std::to_string(i); };
  for (int i = 0; i < 5000; ++i)
    BOOST_REQUIRE(give(0, a, name(i)));
  auto& x = listen(0);
  std::size_t steps = 0;
  for (int i = 0; !x.has_all; ++i, ++steps) {
    BOOST_REQUIRE(c.quiet.step());
    c[0].names->unregister(a->id(), name(7 * i));
    BOOST_REQUIRE(give(0, a, "another " + std::to_string(i)));
  }
  c.quiet.run();
  BOOST_TEST(x.messages > 5u);
  // Some went or came before their part was told.
  BOOST_TEST(x.found.size() + x.heard.size() < 5000 + 2 * steps);
  BOOST_TEST((x.names == seen_by(0)));
}

BOOST_AUTO_TEST_CASE(names_of_a_member_that_went_are_told_in_parts) {
  c.introduce_all();
  auto a = spawn();
  auto loser = spawn();
  auto b = spawn();
  auto name = [](int i) { return "name " + std::to_string(i); };
  for (int i = 0; i < 5000; ++i)
    BOOST_REQUIRE(give(0, i % 10 == 0 ? loser : a, name(i)));
  auto& x = listen(1);
  c.quiet.run();
  BOOST_TEST(x.names.size() == 5000u);
  x.messages = 0;
  anon_tell(c[1].names_actor,
            actors::peer_gone{c[0].names_member.replica, false});
  anon_tell(c[1].names_actor,
            node_event{node_state::down, c[0].context->self, {}, "a test", {}});
  auto taken = 0;
  while (c.quiet.step())
    for (auto i = 0; i < 20; ++i) // some are told as gone, others not yet
      if (taken < 200 && give(1, b, name(10 * taken)))
        ++taken;
  BOOST_TEST(taken == 200);
  BOOST_TEST(x.messages > 5u);
  BOOST_TEST(x.names.size() == 200u);
  BOOST_TEST((x.names == seen_by(1)));
  c.cut_off(0);
  c.reconnect(0);
  c.quiet.advance(10s);
  BOOST_TEST(x.names.size() == 4500u + 200u); // a loser ends with all its names
  BOOST_TEST((x.names == seen_by(1)));
}

BOOST_AUTO_TEST_CASE(whatever_happens_the_changes_lead_to_what_readers_see) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    fixture f;
    std::mt19937_64 random{seed};
    f.c.introduce_all();
    std::array<listener*, 3> all{};
    std::vector<caf::actor> alive;
    for (int i = 0; i < 200; ++i) {
      auto at = random() % 3;
      if (alive.size() < 3)
        alive.push_back(f.spawn());
      const auto& who = alive[random() % alive.size()];
      auto name = std::to_string(random() % 8);
      switch (random() % 10) {
      case 0:
        caf::anon_send_exit(alive.front(), caf::exit_reason::user_shutdown);
        alive.erase(alive.begin());
        break;
      case 1: f.c.cut_off(at); break;
      case 2: f.c.reconnect(at); break;
      case 3: f.c[at].names->unregister(who->id(), name); break;
      case 4:
        if (!all[at])
          all[at] = &f.listen(at);
        break;
      default: f.give(at, who, name);
      }
      if (random() % 2 == 0)
        f.c.quiet.run();
    }
    for (std::size_t i = 0; i < 3; ++i)
      f.c.reconnect(i);
    f.c.quiet.advance(10s);
    for (std::size_t i = 0; i < 3; ++i)
      if (all[i])
        BOOST_TEST((all[i]->names == f.seen_by(i)),
                   "seed " << seed << ", node " << i);
    f.c.stop();
    f.c.quiet.run();
  }
}

// -- waiting -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(who_waits_for_a_name_is_told_who_has_it) {
  c.introduce_all();
  std::vector<caf::expected<registration>> answers;
  auto keep = [&](caf::expected<registration> x) { answers.push_back(x); };
  c[1].names->await("x", 5s, keep);
  c[1].names->await("x", 5s, keep);
  c[1].names->await("y", 5s, keep);
  c.quiet.run();
  BOOST_TEST(answers.empty());
  auto a = spawn();
  BOOST_TEST(give(0, a, "x"));
  c.quiet.run();
  BOOST_REQUIRE(answers.size() == 2u);
  BOOST_TEST(answers[0]->who.actor == a->id());
  c[1].names->await("x", 5s, keep); // it is there
  BOOST_REQUIRE(answers.size() == 3u);
  c.quiet.advance(6s);
  BOOST_REQUIRE(answers.size() == 4u);
  BOOST_TEST((code_of(answers[3].error()) == errc::timeout));
}

BOOST_AUTO_TEST_CASE(who_waits_for_a_name_is_told_when_its_owner_returns) {
  c.introduce_all();
  BOOST_TEST(give(0, spawn(), "x"));
  c.quiet.run();
  c.cut_off(0);
  c.quiet.run();
  auto answers = 0;
  c[1].names->await("x", 1h, [&](const auto& x) { answers += x ? 1 : 0; });
  c.reconnect(0);
  c.quiet.advance(1s);
  BOOST_TEST(answers == 1);
}

BOOST_AUTO_TEST_CASE(writes_are_acknowledged_by_as_many_as_wanted) {
  c.introduce_all();
  std::vector<std::string> answers;
  auto keep = [&](caf::expected<void> x) {
    answers.push_back(x ? "done" : render(x.error()));
  };
  BOOST_TEST(give(0, spawn(), "x"));
  c[0].names->wait_for_acks(2, 5s, keep);
  BOOST_TEST(answers.empty());
  c.quiet.run();
  BOOST_REQUIRE(answers.size() == 1u);
  BOOST_TEST(answers[0] == "done");
  c[0].names->wait_for_acks(0, 5s, keep);
  BOOST_TEST(answers.size() == 2u);
  // Of what was written before only.
  c.cut_off(2);
  c.quiet.run();
  BOOST_TEST(give(0, spawn(), "y"));
  c[0].names->wait_for_acks(2, 5s, keep);
  c[0].names->wait_for_acks(all_reachable, 5s, keep);
  c.quiet.run();
  BOOST_REQUIRE(answers.size() == 3u);
  c.quiet.advance(6s);
  BOOST_REQUIRE(answers.size() == 4u);
  BOOST_TEST(answers[3].find("acknowledged by 1 of 2") != std::string::npos,
             answers[3]);
}

BOOST_AUTO_TEST_CASE(who_waits_is_told_when_the_member_stops) {
  auto code = errc::none;
  c[0].names->await("x", 1h, [&](const caf::expected<registration>& x) {
    code = code_of(x.error());
  });
  c.stop();
  c.quiet.run();
  BOOST_TEST((code == errc::shutting_down));
}

BOOST_AUTO_TEST_SUITE_END()
