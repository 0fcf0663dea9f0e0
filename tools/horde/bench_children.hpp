// SPDX-License-Identifier: MIT
//
// What the measurements of the supervisor have in common: children that do
// nothing, how they are started, and names for those that a certain member
// gets.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bench_calls.hpp"
#include "bench_node.hpp"

namespace horde::tools {

/// Asks `to` from an actor for a child of that id; `answered()` once it runs.
template <class F>
void start_one(caf::event_based_actor* self, const caf::actor& to,
               const std::string& id, F answered) {
  ask(self, to, caf::infinite, start_child{{.id = id, .type = idler_type}})
    .then([answered](const child_started&) mutable { answered(); },
          [](const caf::error& why) { give_up(render(why)); });
}

/// Children started in a second when an actor of `home` asks for all of them,
/// and has many requests under way: each of `to` in turns.
double start_rate(bench_node& home, const std::vector<caf::actor>& to,
                  const std::vector<std::string>& ids);

/// So many ids that go to that member, as `home` sees it.
std::vector<std::string> ids_on(const bench_node& home, const member_id& who,
                                std::size_t count);

/// Started on the first so many nodes.
std::size_t children_started(const bench_cluster& c, std::size_t nodes);

/// Seconds to start that many such actors, without any supervisor.
double spawn_time(bench_node& home, std::size_t count);

} // namespace horde::tools
