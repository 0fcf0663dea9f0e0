// SPDX-License-Identifier: MIT
//
// The factories of a node's child types. They may hold handles of the node's
// own hordes, so they go when the node stops: otherwise each would keep the
// other for ever. Thread-safe.

#pragma once

#include <mutex>
#include <string>
#include <utility>

#include "horde/actors/child_types.hpp"

namespace horde::actors {

class factory_table {
public:
  void set(child_types x) {
    std::lock_guard guard{mutex_};
    types_.swap(x); // those before end after the lock
  }

  /// Empty if there is none. A copy: it may still run when the node has
  /// stopped.
  child_factory find(const std::string& type) const {
    std::lock_guard guard{mutex_};
    auto i = types_.find(type);
    return i != types_.end() ? i->second : nullptr;
  }

private:
  mutable std::mutex mutex_;
  child_types types_;
};

} // namespace horde::actors
