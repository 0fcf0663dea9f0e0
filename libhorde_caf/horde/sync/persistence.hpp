// SPDX-License-Identifier: MIT
//
// What a replica writes into a store: for each key hash its versions, in the
// form in which they are told to others, and as header what the replica has
// seen. So a restarted replica is as if it had caught up from its former self.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "horde/crdt/aw_lww_map.hpp"
#include "horde/sync/storage.hpp"

namespace horde::sync {

/// What a former self left. The news are views into the records.
struct former_self {
  stored_state state;
  crdt::news news;
  crdt::causal_context seen;
};

class persistence {
public:
  /// `where` must outlive this.
  explicit persistence(storage& where) : where_(&where) {}

  /// Nothing if the store is new. Fails with `store_damaged`, or with
  /// `store_unusable` if keys are hashed in another way, as in a cluster with
  /// another secret.
  outcome<std::optional<former_self>> load(std::uint64_t hash_key);

  /// Keeps what a step changed, of the keys or only of what was seen. After a
  /// failure, which may have lost a step, the next one writes everything anew,
  /// as that repairs a damaged store.
  std::optional<failure> keep(const crdt::aw_lww_map& map,
                              std::span<const std::string> changed);

private:
  storage* where_;
  bool has_lost_ = false;
  hash128 seen_; ///< digest of what is kept as seen
};

} // namespace horde::sync
