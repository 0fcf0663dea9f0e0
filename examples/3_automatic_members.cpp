// SPDX-License-Identifier: MIT
//
// The second way to say who is in a horde, and the default: every node that
// runs it. Nodes come and go, nobody keeps a list.

#include "support.hpp"

namespace {

caf::behavior idle(caf::event_based_actor*) {
  return {[](caf::ping_atom) { return caf::pong_atom_v; }};
}

} // namespace

int main() {
  // snippet: automatic_members
  auto start = [](machine& where) {
    return must(horde::registry::start(
      where.node, {.name = "names", .members = horde::automatic}));
  };
  // end snippet
  machine a{"a"};
  auto names_a = start(a);
  auto lamp = a.sys.spawn(idle);
  must(names_a.register_name(lamp, "lamp"));
  std::cout << "a alone:   " << alive(names_a.members()) << '\n';

  // One address is enough: nodes introduce each other.
  machine b{"b", {a.node.at()}};
  machine c{"c", {b.node.at()}};
  auto names_b = start(b);
  auto names_c = start(c);
  if (!c.node.wait_for_nodes(3, std::chrono::seconds{20}))
    return EXIT_FAILURE;
  for (auto* x : {&names_a, &names_b, &names_c})
    wait_until("all see all", [&] { return alive(x->members()) == "a b c"; });
  std::cout << "all three: " << alive(names_c.members()) << '\n';
  wait_until("c knows the lamp", [&] { return names_c.lookup("lamp"); });
  std::cout << "c says: lamp is a process of "
            << to_string(names_c.lookup("lamp")->member) << '\n';

  // A node that says goodbye is no member any more, and its names are gone.
  a.node.stop();
  for (auto* x : {&names_b, &names_c}) {
    wait_until("a has left", [&] { return alive(x->members()) == "b c"; });
    wait_until("the lamp is gone", [&] { return !x->lookup("lamp"); });
  }
  std::cout << "without a: " << alive(names_c.members()) << '\n';

  caf::anon_send_exit(lamp, caf::exit_reason::user_shutdown);
  c.node.stop();
  b.node.stop();
}
