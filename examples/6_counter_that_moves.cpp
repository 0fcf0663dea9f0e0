// SPDX-License-Identifier: MIT
//
// A counter that takes its count along: when its node goes, it goes on
// elsewhere and counts on from where it was.

#include "support.hpp"

#include <memory>

namespace {

// snippet: hand_off_child
/// Adds up the numbers it gets. Asked for its state, it gives the sum.
caf::behavior counter(caf::event_based_actor*, int sum) {
  auto count = std::make_shared<int>(sum);
  return {
    [=](int x) { *count += x; },
    [=](caf::get_atom) { return *count; },
    [=](horde::give_state) {
      return horde::handed_state{1, caf::make_message(*count)};
    },
  };
}

/// The factory finds what the last copy gave: before any message, whatever is
/// sent to the name.
horde::child_outcome start_counter(const horde::child_start& x,
                                   horde::registry& names) {
  horde::child_runs result;
  auto sum = 0;
  if (x.state && x.state->version == 1) {
    sum = x.state->content.get_as<int>(0);
    result.took_state = true;
  }
  result.child = x.sys.spawn(counter, sum);
  if (auto done = names.register_name(result.child, x.id); !done)
    return done.error();
  return result;
}
// end snippet

class house {
public:
  explicit house(const std::string& name,
                 std::vector<horde::endpoint> seeds = {})
      : host_(name, std::move(seeds),
              {{"counter",
                [this](const auto& x) { return start_counter(x, names); }}}),
        names(must(horde::registry::start(host_.node, {.name = "names"}))),
        counters(must(
          horde::dynamic_supervisor::start(host_.node, {.name = "counters"}))) {
  }

  ~house() { host_.node.stop(); }

private:
  machine host_;

public:
  horde::registry names;
  horde::dynamic_supervisor counters;
  horde::node& node() { return host_.node; }
  caf::actor_system& sys() { return host_.sys; }
};

int count_of(house& from) {
  caf::scoped_actor self{from.sys()};
  auto result = -1;
  if (from.names.send_as(self, "visits", caf::make_message(caf::get_atom_v)))
    self->receive([&](int x) { result = x; },
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
      return alive(x.counters.members()) == "a b c"
             && alive(x.names.members()) == "a b c";
    });

  must(houses["a"]->counters.start_child(
    {.id = "visits", .type = "counter", .hand_off = true}));
  auto info = [](house& x) { return x.counters.which_children().children[0]; };
  auto where = info(*houses["a"]).member.node;
  wait_until("all know its name",
             [&] { return bool(houses["a"]->names.lookup("visits")); });
  for (int i = 0; i < 5; ++i)
    must(houses["a"]->names.send("visits", 1));
  wait_until("it has counted", [&] { return count_of(*houses["a"]) == 5; });
  std::cout << "visits runs on " << where << " and has counted to 5\n";

  houses.erase(where); // its node hands over and stops
  auto& survivor = *houses.begin()->second;
  wait_until("it counts on", [&] { return count_of(survivor) == 5; });
  std::cout << "now it runs on " << info(survivor).member.node << " with "
            << count_of(survivor) << ": " << info(survivor).last_end << '\n';
}
