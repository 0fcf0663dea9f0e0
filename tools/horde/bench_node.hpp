// SPDX-License-Identifier: MIT
//
// What the measurements of registries and supervisors need: nodes in this
// process, each with an actor system of its own, owners of names, children, and
// waiting with a deadline.
// Links are plain TCP on loopback, as nodes have no secret. What cannot go on
// ends the program.

#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "horde/actors/config.hpp"
#include "horde/actors/dynamic_supervisor.hpp"
#include "horde/actors/registry.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde::tools {

[[noreturn]] void give_up(const std::string& why);

/// The value, or the end of the program.
template <class T>
T must(caf::expected<T> x) {
  if (!x)
    give_up(render(x.error()));
  if constexpr (!std::is_void_v<T>)
    return std::move(*x);
}

/// Asks again and again until `done` says yes, for at most a minute.
template <class F>
void wait_until(const char* what, F done) {
  auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes{1};
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline)
      give_up(std::string{"not in a minute: "} + what);
    std::this_thread::sleep_for(std::chrono::microseconds{200});
  }
}

/// An actor that does nothing.
caf::actor spawn_idler(caf::actor_system& sys);

/// Such actors, which live until they are killed, to own names.
std::vector<caf::actor> spawn_owners(caf::actor_system& sys);

/// The type of children that do nothing.
inline constexpr auto idler_type = "idler";

/// A node and its members of a registry and of a supervisor.
struct bench_node {
  bench_node() = default;
  bench_node(const bench_node&) = delete;
  bench_node& operator=(const bench_node&) = delete;
  ~bench_node();

  /// Listens, and dials `seeds`. `advertise`: the host that others are told.
  void start(const std::vector<endpoint>& seeds = {},
             const std::string& advertise = {});
  void start_registry(std::size_t partitions = 1);
  void start_supervisor(start_ack ack = start_ack::replicated);

  /// Gives that name to one of the owners, which take turns.
  void give(const std::string& name);

  /// The keys number `from` to `to` of `bench_data` as names.
  void fill(std::size_t from, std::size_t to);

  /// Runs `f` in an actor of the pool, and waits for its end.
  void in_actor(std::function<void(caf::event_based_actor*)> f);

  horde::config cfg;
  caf::actor_system sys{cfg};
  horde::node node;
  registry names;
  dynamic_supervisor workers;
  std::atomic<std::size_t> children_started = 0; ///< of the type `idler_type`
  std::vector<caf::actor> owners = spawn_owners(sys);

private:
  std::size_t next_owner_ = 0;
};

/// Until its supervisor has so many members that are alive, all linked with
/// this one.
void wait_for_crew(const bench_node& x, std::size_t size);

/// Several that know each other.
struct bench_cluster {
  explicit bench_cluster(std::size_t size);

  bench_node& operator[](std::size_t i) { return *nodes[i]; }

  /// Until all have all names.
  void wait_for_names(std::size_t n);

  /// On all nodes; returns once all know and reach each other.
  void start_supervisors(start_ack ack = start_ack::replicated);

  std::vector<std::unique_ptr<bench_node>> nodes;
};

} // namespace horde::tools
