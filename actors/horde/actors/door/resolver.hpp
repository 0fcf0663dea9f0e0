// SPDX-License-Identifier: MIT
//
// Turns host names into addresses without blocking the door's thread. A lookup
// cannot be interrupted, so it has a thread of its own that may outlive the
// door and then finds the inbox closed.

#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>

#include "horde/actors/door/inbox.hpp"
#include "horde/actors/door/socket.hpp"
#include "horde/endpoint.hpp"

namespace horde::actors {

class resolver {
public:
  using callback = std::function<void(addresses)>;

  explicit resolver(std::shared_ptr<inbox> back) : inbox_(std::move(back)) {}

  /// Calls back in the door's thread, at once for numeric hosts.
  void resolve(const endpoint& x, callback then);

private:
  struct lookup {
    endpoint what;
    callback then;
  };

  void start(lookup x);
  void finish(const callback& then, addresses result);

  std::shared_ptr<inbox> inbox_;
  std::size_t running_ = 0;
  std::deque<lookup> waiting_;
};

} // namespace horde::actors
