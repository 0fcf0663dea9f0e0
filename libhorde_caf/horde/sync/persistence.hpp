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
#include <vector>

#include "horde/crdt/aw_lww_map.hpp"
#include "horde/fields.hpp"
#include "horde/sync/config.hpp"
#include "horde/sync/retry.hpp"
#include "horde/sync/storage.hpp"
#include "horde/time.hpp"

namespace horde::sync {

/// What a former self left. The news are views into the records.
struct former_self {
  stored_state state;
  crdt::news news;
  crdt::causal_context seen;
};

/// Checks and reads what `from` gave. Fails with `store_damaged`, or with
/// `store_unusable` if it was written in another cluster.
outcome<former_self> read_former_self(stored_state state, const storage& from,
                                      const config& cfg);

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
  wall_time since{};              ///< when it came into this state
  std::string problem;            ///< why it fails, as of the newest attempt
  std::uint64_t failed_steps = 0; ///< since the start: not kept in their time

  friend bool operator==(const store_status&, const store_status&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::sync::store_status", field("state", x.state),
                       field("since", x.since), field("problem", x.problem),
                       field("failed_steps", x.failed_steps));
  }
};

class persistence {
public:
  /// `where` must outlive this.
  persistence(storage& where, moment now)
      : where_(&where), status_{store_state::works, now.wall, {}, 0} {}

  /// Nothing if the store is new. Fails as `read_former_self` does.
  outcome<std::optional<former_self>> load(const config& cfg);

  /// Keeps what a step changed, of the keys or only of what was seen. What the
  /// store does not take is owed to it, and tried again with the first step
  /// after `wake_at`; all of the map, if the store is damaged or lacks much.
  void keep(const crdt::aw_lww_map& map, std::span<const std::string> changed,
            const config& cfg, moment now);

  /// Tries once more at once: for the end.
  void keep_owed(const crdt::aw_lww_map& map, const config& cfg, moment now);

  /// When it wants to try again; `never` if it owes nothing.
  instant wake_at() const { return again_ ? again_->at() : never; }

  const store_status& status() const { return status_; }

private:
  void owe(const crdt::aw_lww_map& map, std::span<const std::string> keys,
           const config& cfg);
  void attempt(const crdt::aw_lww_map& map, const config& cfg, moment now);

  storage* where_;
  store_status status_;
  hash128 seen_;                    ///< digest of what was seen last
  std::vector<std::uint64_t> owed_; ///< key hashes; ascending
  bool owes_all_ = false;           ///< then `owed_` is empty
  std::optional<retry> again_;      ///< set if it fails
};

} // namespace horde::sync
