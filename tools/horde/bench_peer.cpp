// SPDX-License-Identifier: MIT

#include "bench_peer.hpp"

#include <algorithm>

namespace horde::tools {

caf::actor seen_from(bench_node& here, bench_node& there,
                     const caf::actor& peer) {
  // Members may not all have heard yet that another one is gone.
  const auto name = "bare peer of " + there.names.status().self.node;
  must(there.names.register_name(peer, name));
  wait_until("the bare peer is known",
             [&] { return here.names.whereis(name).has_value(); });
  caf::actor result;
  caf::scoped_actor self{here.sys};
  here.names.request(self, std::chrono::seconds{20}, name, get_members{})
    .receive([&](const caf::actor& x) { result = x; },
             [](const caf::error& why) { give_up(render(why)); });
  there.names.unregister(peer, name);
  wait_until("the bare peer is forgotten",
             [&] { return !here.names.whereis(name); });
  return result;
}

caf::actor bare_peer(bench_node& here, bench_node& there) {
  auto peer = there.sys.spawn([](caf::event_based_actor* self) {
    return caf::behavior{
      [self](get_members) { return caf::actor_cast<caf::actor>(self); },
      [](const std::string&) {}};
  });
  there.owners.push_back(peer); // ends with its node
  return seen_from(here, there, peer);
}

spread spread_of(std::vector<double> xs) {
  std::ranges::sort(xs);
  return {xs[xs.size() / 2], xs[xs.size() * 99 / 100], xs.back()};
}

} // namespace horde::tools
