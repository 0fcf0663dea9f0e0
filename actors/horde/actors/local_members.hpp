// SPDX-License-Identifier: MIT
//
// The members that run on this node, until they are stopped. Thread-safe.

#pragma once

#include <algorithm>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "horde/actors/node_messages.hpp"

namespace horde::actors {

class local_members {
public:
  void add(hosted_member x) {
    std::lock_guard guard{mutex_};
    all_.push_back(std::move(x));
  }

  /// It was stopped; a horde of its name may be started again.
  void remove(const caf::actor& member) {
    std::lock_guard guard{mutex_};
    std::erase_if(all_, [&](const auto& x) { return x.actor == member; });
  }

  std::vector<hosted_member> all() const {
    std::lock_guard guard{mutex_};
    return all_;
  }

private:
  mutable std::mutex mutex_;
  std::vector<hosted_member> all_;
};

} // namespace horde::actors
