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
#include "horde/fields.hpp"
#include "horde/sync/storage.hpp"

namespace horde::sync {

/// What a former self left. The news are views into the records.
struct former_self {
  stored_state state;
  crdt::news news;
  crdt::causal_context seen;
};

enum class store_state : std::uint8_t {
  none,  ///< there is no store
  works, ///< all that was written is kept
  fails, ///< the newest step, or one before it, is not kept (yet)
};

constexpr const char* to_string(store_state x) {
  switch (x) {
  case store_state::none: return "none";
  case store_state::works: return "works";
  case store_state::fails: return "fails";
  }
  return "???";
}

/// How a store does, for people who watch.
struct store_status {
  store_state state = store_state::none;
  std::string problem;            ///< why it fails
  std::uint64_t failed_steps = 0; ///< since the start: not kept in their time

  friend bool operator==(const store_status&, const store_status&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::sync::store_status", field("state", x.state),
                       field("problem", x.problem),
                       field("failed_steps", x.failed_steps));
  }
};

class persistence {
public:
  /// `where` must outlive this.
  explicit persistence(storage& where) : where_(&where) {}

  /// Nothing if the store is new. Fails with `store_damaged`, or with
  /// `store_unusable` if keys are hashed in another way, as in a cluster with
  /// another name.
  outcome<std::optional<former_self>> load(std::uint64_t hash_key);

  /// Keeps what a step changed, of the keys or only of what was seen. After a
  /// failure, which may have lost a step, the next one writes everything anew,
  /// as that repairs a damaged store.
  void keep(const crdt::aw_lww_map& map, std::span<const std::string> changed);

  const store_status& status() const { return status_; }

private:
  bool has_lost() const { return status_.state == store_state::fails; }

  storage* where_;
  store_status status_{store_state::works, {}, 0};
  hash128 seen_; ///< digest of what is kept as seen
};

} // namespace horde::sync
