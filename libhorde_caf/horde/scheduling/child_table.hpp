// SPDX-License-Identifier: MIT
//
// The view of the children in the shared map, by id and by pid. Only `refresh`
// takes something from the map: for every key that changed, and again when one
// with several versions is reviewed, for which of them counts depends on who is
// there: a version of a member that is gone never beats one of a member that is
// not. `wanted` is kept in short, since the map has the whole spec. Beside it
// stands since when an entry is odd, which is not in the map.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "horde/scheduling/child_entry.hpp"
#include "horde/scheduling/life_log.hpp"
#include "horde/scheduling/load_table.hpp"
#include "horde/string_table.hpp"
#include "horde/sync/replica.hpp"

namespace horde::scheduling {

/// Stable hash of a spec: tells whether what runs is what is wanted.
std::uint64_t hash_of(const supervision::child_spec& spec);

struct written_wanted {
  wanted_record record;
  std::uint64_t spec_hash = 0; ///< `hash_of` the spec in it
  replica_id writer{};
};

/// The latest version of `wanted` that is a sane record of this very child;
/// what else peers wrote under its key counts as not there.
std::optional<written_wanted> newest_wanted(const sync::replica& map,
                                            const std::string& id);

/// What it asks for. Refers to its arguments.
placement::wish wish_of(const std::string& id, const child_entry& entry);
placement::wish wish_of(const supervision::child_spec& spec);

class child_table {
public:
  using is_gone = life_log::is_gone;

  /// Of several versions the one with the largest token counts, not the latest.
  void count_by_token() { by_token_ = true; }

  /// Reads what the map has now of `id`, and notes in `log` what that means.
  void refresh(const sync::replica& map, const std::string& id,
               const is_gone& gone);

  /// Notes since when the entry is odd. Returns true once it has been for
  /// `wait`.
  bool settled(const std::string& id, bool odd, duration wait, instant now);

  /// Null if nothing is recorded.
  const child_entry* find(std::string_view id) const;

  /// The child that runs as `who`.
  std::optional<std::string> find(const pid& who) const;

  /// Counts wanted children at their members, and what is added by others.
  load_table& load() { return load_; }
  const load_table& load() const { return load_; }

  life_log& log() { return log_; }
  const life_log& log() const { return log_; }

  /// The log has been paused: notes what has become of each child meanwhile.
  void resume_log(const is_gone& gone);

  std::size_t size() const { return entries_.size(); }
  std::size_t pids() const { return ids_.size(); }

  using entries = string_table<child_entry>;
  const entries::tree& all() const { return entries_.all(); }

private:
  void count(const child_entry& entry, bool is_there);

  bool by_token_ = false;
  entries entries_;
  life_log log_;
  load_table load_;
  std::unordered_map<pid, const std::string*> ids_; ///< in `entries_`
};

} // namespace horde::scheduling
