// SPDX-License-Identifier: MIT
//
// When each other node was last heard of, for who asks about the owner of a
// name. Written by the node, of nodes that are up or suspect; read by members
// without a message to it. Thread-safe.

#pragma once

#include <mutex>
#include <optional>
#include <shared_mutex>
#include <unordered_map>

#include "horde/node_id.hpp"
#include "horde/time.hpp"

namespace horde::actors {

class contact_table {
public:
  void note(const incarnation& node, wall_time when) {
    std::lock_guard guard{mutex_};
    times_[node] = when;
  }

  void forget(const incarnation& node) {
    std::lock_guard guard{mutex_};
    times_.erase(node);
  }

  /// By the clock of `node_context`. Nothing if it was never heard of, or is
  /// given up.
  std::optional<wall_time> last(const incarnation& node) const {
    std::shared_lock guard{mutex_};
    auto i = times_.find(node);
    return i != times_.end() ? std::optional{i->second} : std::nullopt;
  }

private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<incarnation, wall_time> times_;
};

} // namespace horde::actors
