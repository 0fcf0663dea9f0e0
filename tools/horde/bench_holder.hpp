// SPDX-License-Identifier: MIT
//
// A process that is a node with names or children until it is killed: this
// program once more.

#pragma once

#include <sys/types.h>

#include <CLI/CLI.hpp>

#include "bench_node.hpp"
#include "options.hpp"

namespace horde::tools {

class node_holder {
public:
  /// Starts one that joins `seed` and holds that many names ...
  node_holder(const endpoint& seed, std::size_t names);
  /// ... or is a member of the supervisor.
  explicit node_holder(const endpoint& seed);
  node_holder(const node_holder&) = delete;
  node_holder& operator=(const node_holder&) = delete;
  ~node_holder() { kill(); }

  /// At once, without a word to anybody.
  void kill();

private:
  /// What it runs: `horde bench hold` with these.
  explicit node_holder(std::vector<std::string> options);

  pid_t pid_ = 0;
};

/// What such a process runs; not shown to users.
void add_holder_command(CLI::App& bench, action& todo);

} // namespace horde::tools
