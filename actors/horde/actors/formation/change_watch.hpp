// SPDX-License-Identifier: MIT
//
// Waits for changes of files and directories (inotify). Where the system has
// no watch left for us it only waits: whoever uses it polls besides.

#pragma once

#include <cstdint>
#include <string>

#include "horde/actors/door/socket.hpp"
#include "horde/actors/formation/strategy.hpp"

namespace horde::formation {

class change_watch {
public:
  change_watch();

  /// From now on. Again for the same path is no second watch, and finds what
  /// is there now. `events` are those of inotify.
  void add(const std::string& path, std::uint32_t events);

  /// True if something happened, since the last call too; false after `limit`
  /// or when woken.
  bool wait(duration limit, waker& by);

private:
  void drain();

  actors::unique_fd fd_;
};

} // namespace horde::formation
