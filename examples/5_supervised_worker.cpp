// SPDX-License-Identifier: MIT
//
// A worker that the cluster keeps running: it starts on some node, and when
// that node goes it starts again on another, with the same name.

#include "support.hpp"

#include <memory>

namespace {

caf::behavior lamp(caf::event_based_actor*, std::string colour) {
  return {
    [=](caf::get_atom) { return "I am " + colour; },
  };
}

// snippet: supervised_worker
/// A node with a registry and a supervisor. A child type is a name and a
/// factory, the same on all nodes: functions cannot travel, names can.
class house {
public:
  explicit house(const std::string& name,
                 std::vector<horde::endpoint> seeds = {})
      : host_(name, std::move(seeds),
              {{"lamp", [this](const auto& x) { return start_lamp(x); }}}),
        names(must(horde::registry::start(host_.node, {.name = "names"}))),
        lamps(must(
          horde::dynamic_supervisor::start(host_.node, {.name = "lamps"}))) {}

  ~house() { host_.node.stop(); }

private:
  horde::child_outcome start_lamp(const horde::child_start& x) {
    auto child = x.sys.spawn(lamp, x.args.get_as<std::string>(0));
    if (auto done = names.register_name(child, x.id); !done)
      return done.error();
    return horde::child_runs{child, {}};
  }

  machine host_;

public:
  horde::registry names;
  horde::dynamic_supervisor lamps;
  horde::node& node() { return host_.node; }
  caf::actor_system& sys() { return host_.sys; }
};
// end snippet

/// Asks the lamp by its name, from a given node.
std::string ask_lamp(caf::actor_system& sys, const horde::registry& names) {
  caf::scoped_actor self{sys};
  std::string result;
  if (names.send_as(self, "hall", caf::make_message(caf::get_atom_v)))
    self->receive([&](const std::string& x) { result = x; },
                  caf::after(std::chrono::seconds{1}) >> [] {});
  return result;
}

} // namespace

int main() {
  std::map<std::string, std::unique_ptr<house>> houses;
  houses["a"] = std::make_unique<house>("a");
  auto first = houses["a"]->node().at();
  for (const auto* name : {"b", "c"})
    houses[name] = std::make_unique<house>(name, std::vector{first});
  for (auto& item : houses)
    wait_until("all are members", [&x = *item.second] {
      return alive(x.lamps.members()) == "a b c"
             && alive(x.names.members()) == "a b c";
    });

  // snippet: start_child
  horde::child_spec spec;
  spec.id = "hall";
  spec.type = "lamp";
  spec.args = caf::make_message(std::string{"green"});
  spec.restart = horde::restart::permanent;
  auto started = must(houses["a"]->lamps.start_child(spec));
  // end snippet
  auto where = houses["a"]->lamps.which_children().children.front().member.node;
  std::cout << started.id << " runs on " << where << '\n';

  houses.erase(where); // its node hands over and stops
  std::cout << where << " is gone\n";
  auto& survivor = *houses.begin()->second;
  wait_until("the lamp is back", [&] {
    auto found = survivor.names.lookup("hall");
    return found && found->member.node != where;
  });
  std::cout << "hall runs on " << survivor.names.lookup("hall")->member.node
            << " and says: "
            << ask_lamp(survivor.sys(), survivor.names) << '\n';

  must(survivor.lamps.terminate_child("hall"));
  wait_until("the name is gone",
             [&] { return !survivor.names.lookup("hall"); });
}
