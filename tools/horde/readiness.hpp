// SPDX-License-Identifier: MIT
//
// Tells who waits for a node that it is ready: a line, a file, systemd.

#pragma once

#include <atomic>
#include <cstddef>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>

#include "horde/actors/node.hpp"

namespace horde::tools {

struct readiness_options {
  std::size_t nodes = 1; ///< so many are up, this one included
  std::string file;      ///< empty: none

  void add_to(CLI::App& cmd);
};

/// Tells as soon as the node is ready, in a thread of its own if it has to
/// wait for others.
class readiness {
public:
  readiness() = default;
  readiness(const readiness&) = delete;
  readiness& operator=(const readiness&) = delete;
  /// Requires: the node has stopped, or `begin` was not called.
  ~readiness();

  /// Fails with `bad_option` if the file cannot be written and nobody has to be
  /// waited for; later that goes to stderr.
  caf::error begin(const node& who, const readiness_options& options);

  /// The node is about to stop.
  void stopping();

private:
  void wait(node who, const readiness_options& options);

  std::atomic<bool> is_stopping_ = false;
  std::thread waiting_;
};

} // namespace horde::tools
