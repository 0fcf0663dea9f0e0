// SPDX-License-Identifier: MIT
//
// What all examples need beside the library: a machine to run a node on, a way
// to wait for what other nodes do, and an end when something fails.

#pragma once

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include <horde/horde.hpp>

/// The value, or the end of the program with the error on stderr.
template <class T>
T must(caf::expected<T> x) {
  if (!x) {
    std::cerr << "failed: " << horde::render(x.error()) << std::endl;
    std::exit(EXIT_FAILURE);
  }
  if constexpr (!std::is_void_v<T>)
    return std::move(*x);
}

/// Waits until `done` says yes. What other nodes do is seen a moment later.
template <class F>
void wait_until(const char* what, F done,
                horde::duration limit = std::chrono::seconds{20}) {
  auto deadline = std::chrono::steady_clock::now() + limit;
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) {
      std::cerr << "waited in vain until " << what << std::endl;
      std::exit(EXIT_FAILURE);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
}

/// One node with an actor system of its own. In real life each is a process on
/// another machine, here they share one, so that an example is one program.
struct machine {
  explicit machine(const std::string& name,
                   std::vector<horde::endpoint> seeds = {},
                   horde::child_types types = {}) {
    horde::node_settings settings;
    settings.name = name;
    settings.seeds = std::move(seeds);
    settings.child_types = std::move(types);
    node = must(horde::node::start(sys, std::move(settings)));
  }

  horde::config cfg;
  caf::actor_system sys{cfg};
  horde::node node;
};

/// `a b c`: the members that are alive, as one of them sees it.
inline std::string alive(const horde::member_list& list) {
  std::string result;
  for (const auto& x : list.members)
    if (x.status == horde::member_status::alive)
      result += (result.empty() ? "" : " ") + x.who.node;
  return result;
}
