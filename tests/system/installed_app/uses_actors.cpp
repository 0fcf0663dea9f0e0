// SPDX-License-Identifier: MIT
//
// A user's program that links the actors: the core, CAF's headers and CAF's
// libraries all come with horde::actors.

#include <iostream>

#include <horde/horde.hpp>

int main() {
  horde::config cfg;
  caf::actor_system sys{cfg};
  auto node = horde::node::start(sys, {});
  if (!node) {
    std::cerr << horde::render(node.error()) << '\n';
    return 1;
  }
  auto names = horde::registry::start(*node, {.name = "names"});
  auto pong = sys.spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[](caf::ping_atom) { return caf::pong_atom_v; }};
  });
  auto ok = names && names->register_name(pong, "pong")
            && names->whereis("pong") == names->pid_of(pong);
  std::cout << (ok ? "found" : "not found") << '\n';
  node->stop();
  caf::anon_send_exit(pong, caf::exit_reason::user_shutdown);
  return ok ? 0 : 1;
}
