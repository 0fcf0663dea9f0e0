// SPDX-License-Identifier: MIT
//
// Handles of the processes of this node that a horde knows by pid: those with a
// name and supervised children. Pids are data; this is where a pid of this node
// becomes a handle again. All members of a node share one. Thread-safe.

#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_map>

#include <caf/actor_control_block.hpp>

#include "horde/sharded.hpp"

namespace horde::actors {

class process_table {
public:
  /// Keeps the process alive and findable until as many calls of `drop`, or
  /// until `close`. One that was replaced stays so.
  void hold(const caf::strong_actor_ptr& who);

  void drop(std::uint64_t actor);

  /// From now on `find` gives another one for this process. Counts as a `hold`.
  void replace(std::uint64_t actor, caf::strong_actor_ptr by);

  /// Null if no horde of this node knows it.
  caf::strong_actor_ptr find(std::uint64_t actor) const;

  /// The node has stopped. Processes may hold handles of its hordes, which hold
  /// this table: otherwise they would keep each other for ever.
  void close();

private:
  struct slot {
    caf::strong_actor_ptr who;
    std::size_t holders = 0;
  };

  mutable std::mutex mutex_;
  sharded<std::unordered_map<std::uint64_t, slot>> slots_;
  bool closed_ = false;
};

} // namespace horde::actors
