// SPDX-License-Identifier: MIT
//
// What a listener makes of what the node sees: which list it sets, and when.

#include <boost/test/unit_test.hpp>

#include "horde/actors/node_context.hpp"
#include "horde/actors/node_listener.hpp"
#include "support/caf_cluster.hpp"

using namespace horde;
using namespace horde::test;

namespace {

member_id x_at(const std::string& node) {
  return {"x", node};
}

/// A member that knows its list and counts how often it is set.
struct kept_list {
  member_list now;
  unsigned times_set = 0;
};

caf::behavior keep_list(caf::event_based_actor*,
                        std::shared_ptr<kept_list> to) {
  return {
    [to](get_members) { return to->now; },
    [to](const actors::drive_members& x) {
      ++to->times_set;
      to->now.members.clear();
      for (const auto& who : x.list)
        to->now.members.emplace_back().who = who;
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
