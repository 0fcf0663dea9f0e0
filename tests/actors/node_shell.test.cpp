// SPDX-License-Identifier: MIT
//
// Node actors with simulated doors and virtual time: who is up for whom, and
// what members and subscribers are told.

#include <boost/test/unit_test.hpp>

#include "horde/actors/node_shell.hpp"
#include "support/caf_cluster.hpp"
#include "support/sim_doors.hpp"

using namespace horde;
using namespace horde::test;
using namespace std::chrono_literals;

namespace {

/// Keeps what a member or subscriber is told.
struct diary {
  std::vector<node_event> events;
  std::vector<std::string> peers; ///< `+name` and `-name`, in order
  std::map<replica_id, std::string> names;
  bool is_stopped = false;
};

caf::behavior keep_diary(caf::event_based_actor*, std::shared_ptr<diary> to) {
  return {
    [to](const node_event& x) { to->events.push_back(x); },
    [to](const actors::peer_joined& x) {
      to->names[x.peer.replica] = to_string(x.peer.who);
      to->peers.push_back("+" + to_string(x.peer.who));
    },
    [to](const actors::peer_gone& x) {
      to->peers.push_back("-" + to->names[x.replica]);
    },
    [to](actors::stop_member) { to->is_stopped = true; },
  };
}

class a_node {
public:
  a_node(quiet_system& quiet, sim_street& street, const std::string& name,
         std::vector<endpoint> seeds = {}, std::uint64_t started = 1,
         std::uint16_t port = 1)
      : at{name, port},
        context_(std::make_shared<actors::node_context>(quiet.sys())) {
    context_->own_threads = false;
    context_->self = {name, {started, std::hash<std::string>{}(name) + port}};
    door_ = street.add(at);
    actor = context_->node = actors::spawn_node(
      {context_, "a", at, {}, std::move(seeds), door_, started});
  }

  ~a_node() {
    door_->stop();
    caf::anon_send_exit(actor, caf::exit_reason::kill);
  }

  const node_id& id() const { return context_->self; }

  std::optional<duration> age_of(const node_id& other) const {
    auto when = context_->contacts.last(other.life);
    return when ? std::optional{context_->time.now().wall - *when}
                : std::nullopt;
  }

  endpoint at;
  caf::actor actor;

private:
  actors::node_context_ptr context_;
  std::shared_ptr<actors::entrance> door_;
};

struct a_cluster {
  quiet_system quiet;
  sim_street street;
  std::map<std::string, std::unique_ptr<a_node>> nodes;
  std::vector<caf::actor> helpers;

  ~a_cluster() {
    for (auto& x : helpers)
      caf::anon_send_exit(x, caf::exit_reason::kill);
    nodes.clear();
    quiet.run();
  }

  a_node& operator[](const std::string& name) { return *nodes.at(name); }

  a_node& start(const std::string& name, std::vector<endpoint> seeds = {},
                std::uint64_t started = 1) {
    nodes[name] =
      std::make_unique<a_node>(quiet, street, name, std::move(seeds), started);
    quiet.run();
    return *nodes[name];
  }

  /// `first` and nodes that know only its address.
  void start_all(const std::vector<std::string>& names) {
    for (const auto& x : names)
      start(x, x == names[0] ? std::vector<endpoint>{}
                             : std::vector{endpoint{names[0], 1}});
  }

  /// As `kill -9` does it.
  void kill(const std::string& name) {
    street.kill((*this)[name].at);
    nodes.erase(name);
    quiet.run();
  }

  node_status status(const std::string& name) {
    caf::scoped_actor self{quiet.sys()};
    auto answer = ask(self, (*this)[name].actor, 1s, get_status{});
    quiet.run();
    node_status result;
    std::move(answer).receive([&](node_status& x) { result = std::move(x); },
                              [](const caf::error&) {});
    return result;
  }

  /// `b:up c:down`, as `name` sees it.
  std::string seen_by(const std::string& name) {
    std::string result;
    for (const auto& x : status(name).nodes)
      result +=
        (result.empty() ? "" : " ") + x.who.name + ":" + to_string(x.state);
    return result;
  }

  std::shared_ptr<diary> subscribe(const std::string& name) {
    auto to = std::make_shared<diary>();
    auto reader = helpers.emplace_back(quiet.sys().spawn(keep_diary, to));
    deliver(caf::actor_cast<caf::strong_actor_ptr>(reader),
            caf::actor_cast<caf::strong_actor_ptr>((*this)[name].actor),
            caf::make_message(subscribe_nodes{}));
    quiet.run();
    return to;
  }

  /// A member of `horde` on the node `name` that notes what it is told.
  std::shared_ptr<diary> host(const std::string& name, const std::string& horde,
                              std::uint64_t replica) {
    auto to = std::make_shared<diary>();
    auto member = helpers.emplace_back(quiet.sys().spawn(keep_diary, to));
    hosted_member x{
      {horde, name}, horde_kind::registry, replica_id{replica}, "", member};
    anon_tell((*this)[name].actor, actors::host_member{x});
    quiet.run();
    return to;
  }
};

std::string states_of(const diary& x) {
  std::string result;
  for (const auto& y : x.events)
    result +=
      (result.empty() ? "" : " ") + y.who.name + ":" + to_string(y.what);
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(node_shell)

BOOST_AUTO_TEST_CASE(nodes_that_know_one_address_form_a_full_mesh) {
  a_cluster c;
  c.start_all({"a", "b", "c", "d"});
  BOOST_TEST(c.street.links() == 6u);
  BOOST_TEST(c.seen_by("a") == "b:up c:up d:up");
  BOOST_TEST(c.seen_by("d") == "a:up b:up c:up");
}

BOOST_AUTO_TEST_CASE(a_seed_that_is_not_there_yet_is_tried_until_it_is) {
  a_cluster c;
  c.start("b", {{"a", 1}});
  c.quiet.advance(10s);
  BOOST_TEST(c.seen_by("b") == "");
  c.start("a");
  c.quiet.advance(6s); // the longest pause between dials is 5 s
  BOOST_TEST(c.seen_by("b") == "a:up");
  BOOST_TEST(c.seen_by("a") == "b:up");
}

BOOST_AUTO_TEST_CASE(a_seed_that_turns_out_to_be_ourselves_is_dialled_once) {
  a_cluster c;
  c.street.add_alias({"localhost", 1}, {"a", 1});
  c.start("a", {{"localhost", 1}, {"a", 1}});
  c.quiet.advance(1min);
  BOOST_TEST(c.street.dials() == 1u);
}

BOOST_AUTO_TEST_CASE(a_killed_node_is_suspect_and_down_at_once) {
  a_cluster c;
  c.start_all({"a", "b", "c"});
  auto seen = c.subscribe("b");
  BOOST_TEST(states_of(*seen) == "a:up c:up");
  c.kill("c");
  BOOST_TEST(states_of(*seen) == "a:up c:up c:suspect c:down");
  BOOST_TEST(c.seen_by("a") == "b:up c:down");
}

BOOST_AUTO_TEST_CASE(a_cut_link_between_living_nodes_is_no_death) {
  a_cluster c;
  c.start_all({"a", "b"});
  auto seen = c.subscribe("a");
  c.street.cut({"a", 1}, {"b", 1});
  c.quiet.run();
  BOOST_TEST(c.seen_by("a") == "b:up");
  BOOST_TEST(states_of(*seen) == "b:up b:suspect b:up");
}

BOOST_AUTO_TEST_CASE(a_node_that_others_reach_stays_suspect_not_down) {
  a_cluster c;
  c.start_all({"a", "b", "c"});
  c.street.set_wall({"a", 1}, {"b", 1}, true);
  c.street.cut({"a", 1}, {"b", 1});
  c.quiet.run();
  c.quiet.advance(30s);
  BOOST_TEST(c.seen_by("a") == "b:suspect c:up");
  c.street.set_wall({"a", 1}, {"b", 1}, false);
  c.quiet.advance(6s);
  BOOST_TEST(c.seen_by("a") == "b:up c:up");
}

BOOST_AUTO_TEST_CASE(a_node_that_nobody_reaches_is_down_after_the_time_limit) {
  a_cluster c;
  c.start_all({"a", "b"});
  c.street.set_wall({"a", 1}, {"b", 1}, true);
  c.street.cut({"a", 1}, {"b", 1});
  c.quiet.run();
  // In small steps: who wakes up late blames nobody.
  auto pass = [&](int tenths) {
    for (int i = 0; i < tenths; ++i)
      c.quiet.advance(100ms);
  };
  pass(26);
  BOOST_TEST(c.seen_by("a") == "b:suspect");
  pass(3);
  BOOST_TEST(c.seen_by("a") == "b:down");
}

BOOST_AUTO_TEST_CASE(beats_go_over_the_link_where_datagrams_get_lost) {
  a_cluster c;
  c.start_all({"a", "b"});
  auto pass = [&](int tenths) {
    for (int i = 0; i < tenths; ++i)
      c.quiet.advance(100ms);
  };
  pass(20);
  BOOST_TEST(c.seen_by("a") == "b:up");
  auto datagrams = c.street.datagrams();
  pass(20);
  BOOST_TEST(c.street.datagrams() >= datagrams + 14u); // 4 a second each way
  c.street.set_wall({"a", 1}, {"b", 1}, true);
  pass(60);
  BOOST_TEST(c.seen_by("a") == "b:up");
}

BOOST_AUTO_TEST_CASE(the_last_contact_is_kept_until_a_node_is_given_up) {
  a_cluster c;
  c.start_all({"a", "b"});
  auto pass = [&](int tenths) {
    for (int i = 0; i < tenths; ++i)
      c.quiet.advance(100ms);
  };
  auto age = [&] { return c["a"].age_of(c["b"].id()); };
  pass(20);
  BOOST_REQUIRE(age().has_value());
  BOOST_TEST((*age() <= 400ms)); // beats come each 250 ms, steps are of 100
  c.street.set_wall({"a", 1}, {"b", 1}, true);
  c.street.cut({"a", 1}, {"b", 1});
  c.quiet.run();
  BOOST_TEST((age() == 0ms)); // it was there until the link broke
  pass(20);
  BOOST_TEST((age() == 2s));
  pass(10);
  BOOST_TEST(c.seen_by("a") == "b:down");
  BOOST_TEST(!age().has_value());
  c.street.set_wall({"a", 1}, {"b", 1}, false);
  pass(60);
  BOOST_TEST(c.seen_by("a") == "b:up");
  BOOST_REQUIRE(age().has_value());
  BOOST_TEST((*age() <= 400ms));
}

BOOST_AUTO_TEST_CASE(a_node_that_stops_has_left_and_is_not_suspected) {
  a_cluster c;
  c.start_all({"a", "b", "c"});
  auto seen = c.subscribe("a");
  anon_tell(c["b"].actor, actors::leave_cluster{});
  c.quiet.run();
  BOOST_TEST(states_of(*seen) == "b:up c:up b:left");
  BOOST_TEST(c.seen_by("c") == "a:up b:left");
  BOOST_TEST(c.street.links() == 1u); // nobody waits for it
}

BOOST_AUTO_TEST_CASE(the_next_life_of_a_node_is_another_one) {
  a_cluster c;
  c.start_all({"a", "b"});
  auto seen = c.subscribe("a");
  c.kill("b");
  c.start("b", {{"a", 1}}, 2);
  BOOST_TEST(states_of(*seen) == "b:up b:suspect b:down b:up");
  BOOST_TEST((seen->events.back().who == c["b"].id()));
  BOOST_TEST((seen->events.front().who != c["b"].id()));
}

BOOST_AUTO_TEST_CASE(the_second_of_a_name_waits_until_the_first_is_gone) {
  a_cluster c;
  c.start_all({"a", "b", "c"});
  auto seen = c.subscribe("a");
  auto second = std::make_unique<a_node>(
    c.quiet, c.street, "b", std::vector{endpoint{"a", 1}, endpoint{"b", 1}}, 2,
    std::uint16_t{9});
  c.quiet.run();
  for (int i = 0; i < 60; ++i)
    c.quiet.advance(1s);
  BOOST_TEST(states_of(*seen) == "b:up c:up");
  BOOST_TEST(c.seen_by("c") == "a:up b:up");
  c.kill("b");
  c.nodes["b"] = std::move(second);
  for (int i = 0; i < 10; ++i)
    c.quiet.advance(1s);
  BOOST_TEST(states_of(*seen) == "b:up c:up b:suspect b:down b:up");
  BOOST_TEST((seen->events.back().who == c["b"].id()));
  BOOST_TEST(c.seen_by("b") == "a:up c:up");
}

BOOST_AUTO_TEST_CASE(a_superseded_life_is_told_so_and_stops) {
  a_cluster c;
  c.start_all({"a", "b"});
  auto first = c.nodes.extract("b"); // lives on behind a wall
  auto seen = std::make_shared<diary>();
  auto member = c.helpers.emplace_back(c.quiet.sys().spawn(keep_diary, seen));
  anon_tell(first.mapped()->actor,
            actors::host_member{
              {{"x", "b"}, horde_kind::registry, replica_id{2}, "", member}});
  deliver(caf::actor_cast<caf::strong_actor_ptr>(member),
          caf::actor_cast<caf::strong_actor_ptr>(first.mapped()->actor),
          caf::make_message(subscribe_nodes{}));
  c.street.set_wall({"a", 1}, {"b", 1}, true);
  c.street.cut({"a", 1}, {"b", 1});
  for (int i = 0; i < 40; ++i)
    c.quiet.advance(100ms);
  BOOST_TEST(c.seen_by("a") == "b:down");
  c.nodes["b"] = std::make_unique<a_node>(
    c.quiet, c.street, "b", std::vector{endpoint{"a", 1}}, 2, std::uint16_t{9});
  c.quiet.run();
  BOOST_TEST(c.seen_by("a") == "b:up");
  c.street.set_wall({"a", 1}, {"b", 1}, false);
  for (int i = 0; i < 60; ++i)
    c.quiet.advance(100ms);
  BOOST_TEST(c.seen_by("a") == "b:up");
  BOOST_TEST((seen->events.back().who == first.mapped()->id()));
  BOOST_TEST((seen->events.back().what == node_state::down));
  BOOST_TEST(seen->is_stopped);
  auto ended = false;
  on_end(caf::actor_cast<caf::strong_actor_ptr>(first.mapped()->actor),
         [&](const caf::error&) { ended = true; });
  BOOST_TEST(ended);
}

BOOST_AUTO_TEST_CASE(members_get_to_know_each_other_through_their_nodes) {
  a_cluster c;
  c.start_all({"a", "b"});
  auto first = c.host("a", "x", 1);
  auto second = c.host("b", "x", 2);
  BOOST_TEST(first->peers == std::vector<std::string>{"+x@b"},
             boost::test_tools::per_element());
  BOOST_TEST(second->peers == std::vector<std::string>{"+x@a"},
             boost::test_tools::per_element());
  BOOST_TEST(states_of(*second) == "a:up");
  anon_tell(c["b"].actor, actors::unhost_member{replica_id{2}});
  c.quiet.run();
  BOOST_TEST(first->peers.back() == "-x@b");
}

BOOST_AUTO_TEST_CASE(a_member_that_starts_while_nodes_meet_is_introduced) {
  auto is_before_the_end = true;
  for (int n = 0; is_before_the_end; ++n) {
    a_cluster c;
    c.start("a");
    auto first = c.host("a", "x", 1);
    c.nodes["b"] = std::make_unique<a_node>(c.quiet, c.street, "b",
                                            std::vector{endpoint{"a", 1}});
    for (int i = 0; i < n && is_before_the_end; ++i)
      is_before_the_end = c.quiet.step();
    auto second = c.host("b", "x", 2);
    BOOST_TEST(first->peers == std::vector<std::string>{"+x@b"},
               boost::test_tools::per_element());
    BOOST_TEST(second->peers == std::vector<std::string>{"+x@a"},
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(members_of_a_dead_node_are_gone_before_it_is_down) {
  a_cluster c;
  c.start_all({"a", "b"});
  auto first = c.host("a", "x", 1);
  c.host("b", "x", 2);
  c.kill("b");
  BOOST_TEST(first->peers.back() == "-x@b");
  BOOST_TEST(states_of(*first) == "b:up b:suspect b:down");
}

BOOST_AUTO_TEST_CASE(members_of_a_relinked_node_are_introduced_again) {
  a_cluster c;
  c.start_all({"a", "b"});
  auto first = c.host("a", "x", 1);
  c.host("b", "x", 2);
  c.street.cut({"a", 1}, {"b", 1});
  c.quiet.run();
  const std::vector<std::string> all{"+x@b", "-x@b", "+x@b"};
  BOOST_TEST(first->peers == all, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_link_on_which_no_hello_comes_is_made_anew) {
  a_cluster c;
  auto mute = c.street.add({"m", 1});
  auto links = std::make_shared<int>(0);
  // It does not know our messages, and CAF answers each with an error.
  auto reader = c.helpers.emplace_back(spawn_idler(c.quiet.sys()));
  mute->open({"a", {"m", {1, 1}}, actors::peer_role::member},
             caf::actor_cast<caf::strong_actor_ptr>(reader),
             [links](const actors::door_event& x) {
               *links +=
                 std::holds_alternative<actors::door_events::accepted>(x);
             });
  c.start("a", {{"m", 1}});
  BOOST_TEST(*links == 1);
  for (int i = 0; i < 20; ++i)
    c.quiet.advance(1s);
  BOOST_TEST(*links >= 2);
  mute->stop();
}

BOOST_AUTO_TEST_CASE(who_waits_for_nodes_is_answered_when_they_are_up) {
  a_cluster c;
  c.start("a");
  caf::scoped_actor self{c.quiet.sys()};
  auto answer = ask(self, c["a"].actor, 1h, wait_for_nodes{2});
  c.quiet.run();
  BOOST_TEST(c.seen_by("a") == "");
  c.start("b", {{"a", 1}});
  auto ok = false;
  std::move(answer).receive([&] { ok = true; }, [](const caf::error&) {});
  BOOST_TEST(ok);
}

BOOST_AUTO_TEST_CASE(a_subscriber_that_ended_is_forgotten) {
  a_cluster c;
  c.start_all({"a", "b"});
  auto seen = c.subscribe("a");
  caf::anon_send_exit(c.helpers.back(), caf::exit_reason::kill);
  c.quiet.run();
  c.kill("b");
  BOOST_TEST(states_of(*seen) == "b:up");
}

BOOST_AUTO_TEST_SUITE_END()
