// SPDX-License-Identifier: MIT
//
// The first of three ways to say who is in a horde: a list that never changes.
// Its members count when they are available, and outsiders stay out.

#include "support.hpp"

namespace {

caf::behavior idle(caf::event_based_actor*) {
  return {[](caf::ping_atom) { return caf::pong_atom_v; }};
}

} // namespace

int main() {
  // snippet: static_members
  const horde::members list{{"names", "a"}, {"names", "b"}, {"names", "c"}};
  auto start = [&](machine& where) {
    return must(
      horde::registry::start(where.node, {.name = "names", .members = list}));
  };
  // end snippet
  machine a{"a"};
  auto names_a = start(a);
  std::cout << "a alone:     alive are " << alive(names_a.members()) << '\n';

  machine b{"b", {a.node.at()}};
  auto names_b = start(b);
  wait_until("a and b talk", [&] { return alive(names_a.members()) == "a b"; });
  std::cout << "with b:      alive are " << alive(names_a.members()) << '\n';

  auto lamp = a.sys.spawn(idle);
  must(names_a.register_name(lamp, "lamp"));
  wait_until("b knows the lamp", [&] { return names_b.lookup("lamp"); });

  // c starts last and learns what it missed.
  machine c{"c", {a.node.at()}};
  auto names_c = start(c);
  wait_until("c knows the lamp", [&] { return names_c.lookup("lamp"); });
  wait_until("all are there",
             [&] { return alive(names_a.members()) == "a b c"; });
  std::cout << "with c:      alive are " << alive(names_a.members()) << '\n';

  // d is in the cluster, but not in the list.
  machine d{"d", {a.node.at()}};
  auto names_d = start(d);
  if (!d.node.wait_for_nodes(4, std::chrono::seconds{20}))
    return EXIT_FAILURE;
  auto outside = d.sys.spawn(idle);
  auto refused = names_d.register_name(outside, "radio");
  if (refused || names_d.lookup("lamp"))
    return EXIT_FAILURE;
  std::cout << "d stays out: " << horde::render(refused.error()) << '\n';

  // A member that stops stays in the list, it is just not alive.
  c.node.stop();
  wait_until("c is gone", [&] { return alive(names_a.members()) == "a b"; });
  std::cout << "without c:   alive are " << alive(names_a.members()) << " of "
            << names_a.members().members.size() << '\n';

  caf::anon_send_exit(lamp, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(outside, caf::exit_reason::user_shutdown);
  for (auto* x : {&d, &b, &a})
    x->node.stop();
}
