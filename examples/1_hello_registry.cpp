// SPDX-License-Identifier: MIT
//
// One process: an actor gets a name and is found by it. With more nodes nothing
// in here changes, only that the actor may be anywhere.

#include "support.hpp"

namespace {

caf::behavior greeter(caf::event_based_actor*) {
  return {
    [](const std::string& whom) { return "Hello " + whom + "!"; },
  };
}

} // namespace

int main() {
  horde::config cfg;
  caf::actor_system sys{cfg};
  // snippet: hello_registry
  auto node = must(horde::node::start(sys, must(cfg.node())));
  auto names = must(horde::registry::start(node, {.name = "names"}));

  auto english = sys.spawn(greeter);
  must(names.register_name(english, "greeter", caf::make_message("en")));

  // From any thread, without a message:
  if (auto found = names.lookup("greeter"))
    std::cout << "greeter is " << to_string(found->who) << ", a process of "
              << to_string(found->member) << '\n';

  // A name is as good as a handle:
  caf::scoped_actor self{sys};
  must(names.send_as(self, "greeter", caf::make_message(std::string{"Ada"})));
  self->receive([](const std::string& answer) { std::cout << answer << '\n'; });
  // end snippet

  // A name is given once. The error names the owner.
  auto other = sys.spawn(greeter);
  auto refused = names.register_name(other, "greeter");
  if (refused)
    return EXIT_FAILURE;
  std::cout << horde::render(refused.error()) << '\n';

  // When the process ends, its names go.
  caf::anon_send_exit(english, caf::exit_reason::user_shutdown);
  wait_until("the name is free", [&] { return !names.lookup("greeter"); });
  must(names.register_name(other, "greeter"));
  std::cout << "now greeter is " << to_string(*names.whereis("greeter"))
            << '\n';

  caf::anon_send_exit(other, caf::exit_reason::user_shutdown);
  node.stop();
}
