// SPDX-License-Identifier: MIT
//
// SIGTERM and SIGINT as something to wait for: the first asks the program to
// end, the second ends it at once.

#pragma once

namespace horde::tools {

class stop_signals {
public:
  /// Requires: called before any thread is started.
  stop_signals();

  /// Waits for the first. From then on the next one ends the process, with the
  /// exit code of a shell: 128 + signal.
  void wait();
};

} // namespace horde::tools
