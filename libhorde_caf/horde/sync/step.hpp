// SPDX-License-Identifier: MIT
//
// The outcome of one step of a replica.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "horde/crdt/version.hpp"

namespace horde::sync {

/// A message for one neighbour. The bytes are shared: a group is encoded once,
/// whatever the number of neighbours.
struct send {
  replica_id to{};
  std::shared_ptr<const std::string> bytes;
};

/// A version of ours that is there no more.
struct lost_version {
  std::string key;
  crdt::version what;
};

/// What a step asks of the world.
struct step {
  std::vector<send> sends;
  std::vector<std::string> changed; ///< keys whose versions changed, each once
  /// What others removed of ours, or what we had when we began anew: for who
  /// stands for it and wants to write it again.
  std::vector<lost_version> lost;
  /// The replica was forgotten and has begun anew, with this id, an empty map
  /// and no neighbours. What it still stands for its owner writes again.
  std::optional<replica_id> renewed;
};

} // namespace horde::sync
