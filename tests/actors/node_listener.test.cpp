// SPDX-License-Identifier: MIT
//
// What a listener makes of what the node sees: which list it sets, and when.

#include <boost/test/unit_test.hpp>

#include "horde/actors/node_context.hpp"
#include "horde/actors/node_listener.hpp"
#include "support/caf_cluster.hpp"

using namespace horde;
using namespace horde::test;
using namespace std::chrono_literals;

namespace {

member_id x_at(const std::string& node) {
  return {"x", node};
}

/// A member that knows its list and counts how often it is set.
struct kept_list {
  member_list now;
  unsigned times_set = 0;
  unsigned times_asked = 0;
  /// If not empty, the member refuses lists with it.
  std::string refusal{};
  bool ends_when_asked = false;
};

caf::behavior keep_list(caf::event_based_actor* self,
                        std::shared_ptr<kept_list> to) {
  return {
    [self, to](get_members) {
      ++to->times_asked;
      if (to->ends_when_asked)
        self->quit();
      return to->now;
    },
    [to](const actors::drive_members& x) -> caf::result<void> {
      if (!to->refusal.empty())
        return to_error({errc::bad_option, to->refusal});
      ++to->times_set;
      to->now.members.clear();
      for (const auto& who : x.list)
        to->now.members.emplace_back().who = who;
      return caf::unit;
    },
  };
}

/// A listener for horde `x` between a node that sees what the test says and a
/// member that takes what it is given.
struct a_listener {
  explicit a_listener(listener_options options = {}) : context(quiet.sys()) {
    context.own_threads = false;
    context.node = quiet.sys().spawn([this](caf::event_based_actor* self) {
      return caf::behavior{
        [this, self](actors::watch_view) {
          watcher = caf::actor_cast<caf::actor>(self->current_sender());
        },
      };
    });
    member = quiet.sys().spawn(keep_list, list);
    if (!options.members && options.hordes.empty()) {
      actor = actors::spawn_automatic_listener(context);
      quiet.run();
      anon_tell(actor, actors::keep_members{x_at("a"), member});
    } else {
      options.hordes = {{"x", member}};
      actor = actors::spawn_listener(context, std::move(options));
    }
    quiet.run();
  }

  ~a_listener() {
    for (const auto& x : {actor, member, context.node})
      caf::anon_send_exit(x, caf::exit_reason::kill);
    context.node = watcher = nullptr;
    quiet.run();
  }

  /// The node sees members of `x` there; the nodes in `left` said goodbye.
  void see(const std::vector<std::string>& nodes,
           std::vector<std::string> left = {}) {
    node_view view;
    for (const auto& node : nodes)
      view.visible.push_back({x_at(node), horde_kind::registry, {}, "", {}});
    view.visible.push_back({{"y", "z"}, horde_kind::registry, {}, "", {}});
    view.left = std::move(left);
    anon_tell(watcher, view);
    quiet.run();
  }

  void refresh() {
    anon_tell(actor, refresh_atom_v);
    quiet.run();
  }

  /// The answer to a refresh, as a sentence; empty if there was none.
  std::string refresh_and_wait() {
    caf::scoped_actor self{quiet.sys()};
    auto answer = ask(self, actor, 1s, refresh_atom_v);
    quiet.run();
    std::string result;
    std::move(answer).receive(
      [&] { result = "done"; },
      [&](const caf::error& why) { result = render(why); });
    return result;
  }

  std::string members() const {
    std::string result;
    for (const auto& x : list->now.members)
      result += (result.empty() ? "" : " ") + x.who.node;
    return result;
  }

  quiet_system quiet;
  actors::node_context context;
  std::shared_ptr<kept_list> list = std::make_shared<kept_list>();
  caf::actor watcher;
  caf::actor member;
  caf::actor actor;
};

/// Nodes whose name begins with `d`.
horde::members chosen(const node_view& seen) {
  auto result = seen.visible_members_of("x");
  std::erase_if(result, [](const auto& x) { return x.node[0] != 'd'; });
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(the_node_listener)

BOOST_AUTO_TEST_CASE(automatic_members_are_those_who_are_seen) {
  a_listener x;
  x.see({"a", "b"});
  BOOST_TEST(x.members() == "a b");
  x.see({"a", "b", "c"});
  BOOST_TEST(x.members() == "a b c");
}

BOOST_AUTO_TEST_CASE(
  a_node_out_of_sight_stays_a_member_one_that_left_does_not) {
  a_listener x;
  x.see({"a", "b", "c"});
  x.see({"a"});
  BOOST_TEST(x.members() == "a b c");
  x.see({"a"}, {"b"});
  BOOST_TEST(x.members() == "a c");
}

BOOST_AUTO_TEST_CASE(a_node_that_left_is_a_member_again_when_it_is_seen) {
  a_listener x;
  x.see({"a", "b"}, {"b"});
  BOOST_TEST(x.members() == "a b");
}

BOOST_AUTO_TEST_CASE(the_next_life_of_a_node_that_left_stays_a_member) {
  a_listener x;
  x.see({"a", "b"});
  x.list->now.members.back().status = member_status::alive; // others told us
  x.see({"a"}, {"b"});
  BOOST_TEST(x.members() == "a b");
  x.list->now.members.back().status = member_status::dead;
  x.refresh();
  BOOST_TEST(x.members() == "a");
}

BOOST_AUTO_TEST_CASE(one_horde_of_several_that_cannot_be_set_harms_no_other) {
  a_listener x;
  auto other = std::make_shared<kept_list>();
  other->refusal = "not today";
  auto refuses = x.quiet.sys().spawn(keep_list, other);
  auto dead = x.quiet.sys().spawn(keep_list, other);
  caf::anon_send_exit(dead, caf::exit_reason::kill);
  x.quiet.run();
  anon_tell(x.actor, actors::keep_members{{"x", "dead"}, dead});
  anon_tell(x.actor, actors::keep_members{{"x", "refuses"}, refuses});
  x.see({"a", "b"});
  BOOST_TEST(x.members() == "a b");
  other->refusal.clear();
  x.refresh();
  BOOST_TEST(other->now.members.size() == 2u);
  caf::anon_send_exit(refuses, caf::exit_reason::kill);
}

BOOST_AUTO_TEST_CASE(a_list_that_is_right_is_not_set_again) {
  a_listener x;
  x.see({"a", "b"});
  auto before = x.list->times_set;
  x.see({"b", "a"});
  x.refresh();
  BOOST_TEST(x.list->times_set == before);
}

BOOST_AUTO_TEST_CASE(what_somebody_else_changed_is_put_right) {
  a_listener x;
  x.see({"a", "b"});
  x.list->now.members.pop_back();
  x.refresh();
  BOOST_TEST(x.members() == "a b");
}

BOOST_AUTO_TEST_CASE(on_request_means_only_then) {
  a_listener x{{.when = on_request, .members = chosen}};
  x.see({"d1", "d2", "w1"});
  BOOST_TEST(x.list->times_set == 0u);
  x.refresh();
  BOOST_TEST(x.members() == "d1 d2");
}

BOOST_AUTO_TEST_CASE(a_function_of_the_user_decides) {
  a_listener x{{.members = chosen}};
  x.see({"d1", "w1"});
  BOOST_TEST(x.members() == "d1");
  x.see({"d2", "w1"});
  BOOST_TEST(x.members() == "d2");
}

BOOST_AUTO_TEST_CASE(a_function_that_throws_changes_nothing) {
  auto fails = std::make_shared<bool>(false);
  a_listener x{{.members = [fails](const node_view& seen) {
    if (*fails)
      throw std::runtime_error("no idea");
    return chosen(seen);
  }}};
  x.see({"d1"});
  *fails = true;
  x.see({"d2"});
  BOOST_TEST(x.members() == "d1");
  *fails = false;
  x.refresh();
  BOOST_TEST(x.members() == "d2");
}

BOOST_AUTO_TEST_CASE(who_asks_for_a_refresh_hears_when_it_is_done) {
  a_listener x{{.when = on_request, .members = chosen}};
  x.see({"d1", "w1"});
  BOOST_TEST(x.refresh_and_wait() == "done");
  BOOST_TEST(x.members() == "d1");
  BOOST_TEST(x.refresh_and_wait() == "done"); // nothing to do
  BOOST_TEST(x.list->times_set == 1u);
}

BOOST_AUTO_TEST_CASE(many_refreshes_at_once_ask_a_member_twice) {
  a_listener x{{.when = on_request, .members = chosen}};
  x.see({"d1"});
  for (int i = 0; i < 100; ++i)
    anon_tell(x.actor, refresh_atom_v);
  BOOST_TEST(x.refresh_and_wait() == "done");
  BOOST_TEST(x.list->times_asked <= 2u);
  BOOST_TEST(x.members() == "d1");
}

BOOST_AUTO_TEST_CASE(a_member_that_refuses_a_list_is_kept) {
  a_listener x{{.when = on_request, .members = chosen}};
  x.see({"d1"});
  x.list->refusal = "not today";
  BOOST_TEST(x.refresh_and_wait().find("not today") != std::string::npos);
  x.list->refusal.clear();
  BOOST_TEST(x.refresh_and_wait() == "done");
  BOOST_TEST(x.members() == "d1");
}

BOOST_AUTO_TEST_CASE(a_member_that_ended_needs_no_list) {
  a_listener x{{.when = on_request, .members = chosen}};
  x.see({"d1"});
  x.list->ends_when_asked = true;
  BOOST_TEST(x.refresh_and_wait() == "done");
  BOOST_TEST(x.refresh_and_wait() == "done");
  BOOST_TEST(x.list->times_asked == 1u);
}

BOOST_AUTO_TEST_CASE(an_error_as_a_message_does_not_end_it) {
  a_listener x;
  deliver(nullptr, caf::actor_cast<caf::strong_actor_ptr>(x.actor),
          caf::make_message(caf::make_error(caf::sec::unexpected_message)));
  x.see({"a", "b"});
  BOOST_TEST(x.members() == "a b");
}

BOOST_AUTO_TEST_CASE(a_member_that_does_not_answer_delays_no_other) {
  a_listener x;
  auto deaf = x.quiet.sys().spawn([](caf::event_based_actor* self) {
    return caf::behavior{[self](get_members) {
      return self->make_response_promise<member_list>();
    }};
  });
  anon_tell(x.actor, actors::keep_members{{"deaf", "a"}, deaf});
  x.see({"a", "b"});
  BOOST_TEST(x.members() == "a b");
  caf::anon_send_exit(deaf, caf::exit_reason::kill);
}

BOOST_AUTO_TEST_SUITE_END()
