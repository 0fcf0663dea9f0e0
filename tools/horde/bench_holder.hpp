// SPDX-License-Identifier: MIT
//
// A process that holds names until it is killed: this program once more.

#pragma once

#include <sys/types.h>

#include <CLI/CLI.hpp>

#include "bench_node.hpp"
#include "options.hpp"

namespace horde::tools {

class name_holder {
public:
  /// Starts one that joins `seed` and holds that many names.
  name_holder(const endpoint& seed, std::size_t names);
  name_holder(const name_holder&) = delete;
  name_holder& operator=(const name_holder&) = delete;
  ~name_holder() { kill(); }

  /// At once, without a word to anybody.
  void kill();

private:
  pid_t pid_ = 0;
};

/// What such a process runs; not shown to users.
void add_holder_command(CLI::App& bench, action& todo);

} // namespace horde::tools
