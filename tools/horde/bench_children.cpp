// SPDX-License-Identifier: MIT

#include "bench_children.hpp"

#include "horde/placement/uniform.hpp"

namespace horde::tools {

namespace {

constexpr std::size_t outstanding = 1'000;

} // namespace

double start_rate(bench_node& home, const std::vector<caf::actor>& to,
                  const std::vector<std::string>& ids) {
  return call_rate(home.sys, ids.size(), outstanding,
                   [&](auto* self, std::size_t i, auto answered) {
                     start_one(self, to[i % to.size()], ids[i], answered);
                   });
}

std::vector<std::string> ids_on(const bench_node& home, const member_id& who,
                                std::size_t count) {
  auto strategy = placement::make_uniform();
  strategy->prepare(home.workers.members().members);
  std::vector<std::string> result;
  for (std::size_t i = 0; result.size() < count; ++i) {
    auto id = key_of(i);
    auto choice = strategy->choose(placement::wish{id});
    auto chosen = std::get_if<const member_id*>(&choice);
    if (!chosen)
      give_up("no member for a child");
    if (**chosen == who)
      result.push_back(std::move(id));
  }
  return result;
}

std::size_t children_started(const bench_cluster& c, std::size_t nodes) {
  std::size_t result = 0;
  for (std::size_t i = 0; i < nodes; ++i)
    result += c.nodes[i]->children_started;
  return result;
}

double spawn_time(bench_node& home, std::size_t count) {
  std::vector<caf::actor> all;
  all.reserve(count);
  return wall_seconds([&] {
    for (std::size_t i = 0; i < count; ++i)
      all.push_back(spawn_idler(home.sys));
  });
}

} // namespace horde::tools
