// SPDX-License-Identifier: MIT
//
// Children that take their state along, and what is sent to their names while
// they move.

#include <boost/test/unit_test.hpp>

#include "horde/actors/supervisor_engine.hpp"
#include "support/caf_cluster.hpp"

using namespace horde;
using namespace horde::test;
using namespace std::chrono_literals;

namespace {

/// Counts the numbers that it gets. Asked for its state it gives the sum, or
/// is silent.
caf::behavior adder(caf::event_based_actor* self, std::shared_ptr<int> sum,
                    bool gives) {
  return {
    [=](int x) { return *sum += x; },
    [=](const std::string&) { self->quit(passive()); },
    [=](const merge_state& x) { *sum += x.state.content.get_as<int>(0); },
    [=](give_state) -> caf::result<handed_state> {
      if (!gives)
        return caf::make_error(errc::refused, "not this one");
      return handed_state{7, caf::make_message(*sum)};
    },
  };
}

struct fixture {
  caf_cluster c{3};
  bool gives = true;
  bool merges = false;
  std::uint32_t known_version = 7;
  std::map<pid, std::shared_ptr<int>> sums;

  fixture() {
    c.types["adder"] = [this](const child_start& x) { return start(x); };
    c.introduce_all();
    settle();
  }

  ~fixture() { c.stop(); }

  child_outcome start(const child_start& x) {
    auto sum = std::make_shared<int>(0);
    child_runs result;
    if (x.state && x.state->version == known_version) {
      *sum = x.state->content.get_as<int>(0);
      result.took_state = true;
    } else if (x.state) {
      result.refused_because = "version " + std::to_string(x.state->version);
    }
    result.child = x.sys.spawn(adder, sum, gives);
    latest = sum;
    latest_child = result.child;
    return result;
  }

  std::shared_ptr<int> latest;
  caf::actor latest_child;

  void settle(int times = 5) {
    for (int i = 0; i < times; ++i) {
      c.quiet.run();
      c.quiet.advance(10ms);
    }
  }

  /// The node where it runs.
  std::size_t start_child() {
    pid who;
    c[0].workers->start_child(
      {.id = "sum", .type = "adder", .hand_off = true, .merges = merges},
      [&](auto x) { who = x ? x->who : pid{}; });
    settle();
    return place_of();
  }

  scheduling::child_info info(std::size_t seen_from) const {
    auto all =
      const_cast<caf_cluster&>(c)[seen_from].workers->which_children().children;
    return all.empty() ? scheduling::child_info{} : all.front();
  }

  std::size_t place_of(std::size_t seen_from = 0) {
    for (std::size_t i = 0; i < c.size(); ++i)
      if (info(seen_from).member == c[i].workers_member.who)
        return i;
    return c.size();
  }

  void send(std::size_t from, int x) {
    auto done = c[from].names->send(nullptr, "sum", caf::make_message(x));
    BOOST_TEST(bool(done));
  }

  /// Its name is given by the test, which may look at any time.
  void give_name(std::size_t node) {
    auto done = c[node].names->register_name(
      caf::actor_cast<caf::strong_actor_ptr>(latest_child), "sum", {});
    BOOST_TEST(bool(done));
    settle();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(hand_off_actors, fixture)

BOOST_AUTO_TEST_CASE(a_child_takes_its_state_along) {
  auto from = start_child();
  anon_tell(latest_child, 5);
  anon_tell(latest_child, 6);
  c[from].workers->drain([] {});
  settle(50);
  auto other = (from + 1) % 3;
  BOOST_TEST(place_of(other) != from);
  BOOST_TEST(*latest == 11);
  BOOST_TEST(info(other).last_end == "its member left, with its state");
}

BOOST_AUTO_TEST_CASE(a_child_that_gives_none_begins_anew) {
  gives = false;
  auto from = start_child();
  anon_tell(latest_child, 5);
  c[from].workers->drain([] {});
  settle(50);
  auto end = info((from + 1) % 3).last_end;
  BOOST_TEST(*latest == 0);
  BOOST_TEST(end.starts_with("its member left, without its state: it gave "
                             "none: "));
  BOOST_TEST(end.find("not this one") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_state_of_an_unknown_version_is_refused_by_the_factory) {
  auto from = start_child();
  anon_tell(latest_child, 5);
  known_version = 8;
  c[from].workers->drain([] {});
  settle(50);
  BOOST_TEST(*latest == 0);
  BOOST_TEST(info((from + 1) % 3).last_end
             == "its member left, without its state: version 7");
}

BOOST_AUTO_TEST_CASE(the_copy_that_ends_is_merged_into_the_other) {
  merges = true;
  auto from = start_child();
  anon_tell(latest_child, 5);
  settle();
  auto first = latest;
  c.cut_off(from);
  settle(300);
  BOOST_REQUIRE(latest != first); // a second copy
  anon_tell(latest_child, 6);
  settle();
  c.reconnect(from);
  settle(300);
  auto stays = place_of((from + 1) % 3) == from ? first : latest;
  BOOST_TEST(*stays == 11);
}

BOOST_AUTO_TEST_CASE(a_passive_child_runs_again_when_it_is_activated) {
  start_child();
  anon_tell(latest_child, std::string{"rest"});
  settle();
  BOOST_TEST((info(0).state == scheduling::child_state::passive));
  pid who;
  c[1].workers->activate_child("sum",
                               [&](auto x) { who = x ? x->who : pid{}; });
  settle();
  BOOST_TEST(bool(who));
  BOOST_TEST((info(2).pid == who));
  BOOST_TEST(c[0].workers->count_children().active == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_sent_to_its_name_meanwhile_arrives) {
  auto from = start_child();
  auto other = (from + 1) % 3;
  give_name(from);
  send(from, 1);
  send(other, 2);
  c[from].workers->drain([] {});
  // At each moment of the move: to the old name, from here and from there.
  int sent = 3;
  for (int i = 0; i < 200; ++i) {
    if (c[from].names->send(nullptr, "sum", caf::make_message(10)))
      sent += 10;
    if (c[other].names->send(nullptr, "sum", caf::make_message(1000)))
      sent += 1000;
    c.quiet.step();
  }
  settle(50);
  BOOST_TEST(place_of(other) != from);
  BOOST_TEST(*latest == sent);
}

BOOST_AUTO_TEST_SUITE_END()
