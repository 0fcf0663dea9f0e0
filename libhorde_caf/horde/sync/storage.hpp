// SPDX-License-Identifier: MIT
//
// Where a replica keeps its map across restarts. Only the interface: the core
// does no input or output. In: for each step of the replica, its new header and
// the records that changed. Out: after a restart, all of it again, as of the
// last step, or a failure. What bytes mean is the replica's business alone.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "horde/errc.hpp"

namespace horde::sync {

/// What is kept for one key hash.
struct stored_record {
  std::uint64_t hash = 0;
  std::string bytes; ///< empty: no longer there

  friend bool operator==(const stored_record&, const stored_record&) = default;
};

/// Everything that is kept.
struct stored_state {
  std::string header; ///< changes with every step
  std::vector<stored_record> records;

  friend bool operator==(const stored_state&, const stored_state&) = default;
};

/// One object is used by one thread at a time.
class storage {
public:
  virtual ~storage() = default;

  /// What sentences about it begin with.
  virtual std::string name() const { return "the store"; }

  /// The state as of the last step, each key hash once, in no order that means
  /// anything; nothing if the store is new. Comes before the first `append`.
  virtual outcome<std::optional<stored_state>> load() = 0;

  /// One step, all of it or nothing. After it returned, it survives the end of
  /// the process. Of records with one hash the last counts. After a failure it
  /// may be tried again, but after `store_damaged` only a snapshot helps.
  virtual std::optional<failure>
  append(std::string_view header, std::span<const stored_record> changed) = 0;

  /// Replaces everything, all of it or nothing. Repairs what `load` or `append`
  /// called damaged.
  virtual std::optional<failure> snapshot(const stored_state& state) = 0;
};

} // namespace horde::sync
