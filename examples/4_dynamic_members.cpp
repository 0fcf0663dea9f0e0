// SPDX-License-Identifier: MIT
//
// The third way to say who is in a horde: `set_members` on any one member at
// any time, here from a node listener with a rule of our own. It acts only on
// request; without `on_request` it would after each change.

#include "support.hpp"

namespace {

// snippet: dynamic_members
/// Only nodes whose name says so are members; the others just run along.
horde::members chosen(const horde::node_view& seen) {
  auto result = seen.visible_members_of("names");
  std::erase_if(result, [](const horde::member_id& x) {
    return !x.node.starts_with("data-");
  });
  return result;
}

horde::registry start(machine& where) {
  return must(
    horde::registry::start(where.node, {.name = "names", .members = chosen}));
}

caf::actor listen(machine& where, const horde::registry& names) {
  return must(horde::node_listener::start(
    where.node,
    {.hordes = {names}, .when = horde::on_request, .members = chosen}));
}

/// Returns when the lists are right for what the node sees now.
void refresh(const caf::actor& listener, caf::actor_system& sys) {
  caf::scoped_actor self{sys};
  horde::ask(self, listener, std::chrono::seconds{5}, horde::refresh_atom_v)
    .receive([] {}, [](const caf::error& why) { must<void>(why); });
}
// end snippet

std::string members_of(const horde::registry& names) {
  return alive(names.members());
}

} // namespace

int main() {
  machine one{"data-1"};
  machine two{"data-2", {one.node.at()}};
  machine web{"web-1", {one.node.at()}};
  for (auto* x : {&one, &two, &web})
    if (!x->node.wait_for_nodes(3, std::chrono::seconds{20}))
      return EXIT_FAILURE;
  auto names_1 = start(one);
  auto names_2 = start(two);
  auto names_web = start(web);

  auto listener = listen(one, names_1);
  wait_until("the listener has seen both", [&] {
    refresh(listener, one.sys);
    return members_of(names_1) == "data-1 data-2"
           && members_of(names_2) == "data-1 data-2";
  });
  std::cout << "after a refresh:     " << members_of(names_1) << '\n';

  // By hand, on any one member: all others hear of it.
  must(names_2.set_members({{"names", "data-2"}, {"names", "web-1"}}));
  wait_until("web is in, data-1 is out", [&] {
    return members_of(names_2) == "data-2 web-1"
           && members_of(names_web) == "data-2 web-1";
  });
  std::cout << "after set_members:   " << members_of(names_web) << '\n';

  // Nothing happens by itself: a node stops, the list stays.
  two.node.stop();
  wait_until("data-2 is gone",
             [&] { return members_of(names_web) == "web-1"; });
  std::cout << "without data-2:      " << members_of(names_web) << " of "
            << names_web.members().members.size() << '\n';

  caf::anon_send_exit(listener, caf::exit_reason::user_shutdown);
  web.node.stop();
  one.node.stop();
}
