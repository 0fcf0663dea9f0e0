// SPDX-License-Identifier: MIT
//
// How other threads hand work to the door's thread. Whoever may outlive the
// door shares it: after `close` everything is dropped.

#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "horde/actors/door/socket.hpp"

namespace horde::actors {

class inbox {
public:
  using task = std::function<void()>;

  inbox();

  /// From any thread. Tasks run in order.
  void post(task x);

  /// Readable while tasks wait.
  int fd() const { return wake_up_.get(); }

  /// All waiting tasks.
  std::vector<task> take();

  void close();

private:
  unique_fd wake_up_;
  std::mutex guard_;
  std::vector<task> tasks_;
  bool closed_ = false;
};

} // namespace horde::actors
