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

#include "horde/sync/replica.hpp"
#include "horde/sync/storage.hpp"

namespace horde::sync {

class persistence {
public:
  /// `where` must outlive this.
  explicit persistence(storage& where) : where_(where) {}

  /// Fills a replica that has no neighbours yet, whose id is not that of the
  /// one that wrote. A failure leaves it as it was: `store_damaged`, or
  /// `store_unusable` if keys are hashed in another way, as in a cluster with
  /// another secret.
  std::optional<failure> restore(replica& x, moment now);

  /// Keeps what a step changed: to be called after each `finish` with its
  /// `changed`.
  std::optional<failure> keep(const replica& x,
                              std::span<const std::string> changed);

  /// Writes everything anew: repairs a damaged store.
  std::optional<failure> keep_all(const replica& x);

private:
  storage& where_;
};

} // namespace horde::sync
