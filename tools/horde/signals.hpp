// SPDX-License-Identifier: MIT
//
// Signals as something to wait for: SIGTERM and SIGINT ask the program to end,
// the second of them ends it at once; SIGHUP asks it to read its secrets again;
// SIGUSR1 is ours: the node lost its place in the cluster.

#pragma once

namespace horde::tools {

class node_signals {
public:
  /// Requires: called before any thread is started.
  node_signals();

  enum kind { stop, reload, lost };

  /// From any thread: `wait` returns `lost`.
  static void raise_lost();

  /// Waits for the next one. Once it was `stop`, the next SIGTERM or SIGINT
  /// ends the process, with the exit code of a shell: 128 + signal.
  kind wait();
};

} // namespace horde::tools
