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
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "horde/placement/wish.hpp"
#include "horde/scheduling/load_table.hpp"
#include "horde/scheduling/records.hpp"
#include "horde/sync/replica.hpp"

namespace horde::scheduling {

/// What is wanted, as far as reviews and listings need it.
struct wanted_child {
  std::string type;
  std::string placement_key;
  std::shared_ptr<const constraints> place; ///< null: none
  child_kind kind{};
  restart when{};
  bool movable = true;
  std::uint64_t spec_hash = 0;
  request_id started_by;
  replica_id writer{}; ///< of the version that counts

  const constraints& where() const {
    return place ? *place : placement::no_constraints;
  }
};

struct child_entry {
  std::optional<wanted_child> wanted;
  std::optional<placed_record> placed;
  crdt::stamp placed_when{};
  std::size_t placed_versions = 0;
  instant odd_since = never; ///< half there, or its owner is not known
};

/// Stable hash of a spec: tells whether what runs is what is wanted.
std::uint64_t hash_of(const supervision::child_spec& spec);

/// The latest version of `wanted` that is a sane record of this very child;
/// what else peers wrote under its key counts as not there. Tells its writer,
/// if that is asked for.
std::optional<wanted_record> newest_wanted(const sync::replica& map,
                                           const std::string& id,
                                           replica_id* writer = nullptr);

/// What it asks for. Refers to its arguments.
placement::wish wish_of(const std::string& id, const child_entry& entry);

class child_table {
public:
  using is_gone = std::function<bool(const placed_record&)>;

  /// Of several versions the one with the largest token counts, not the latest.
  void count_by_token() { by_token_ = true; }

  /// Reads what the map has now of `id`.
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

  std::size_t size() const { return entries_.size(); }
  std::size_t pids() const { return ids_.size(); }

  using entries = std::map<std::string, child_entry, std::less<>>;
  const entries& all() const { return entries_; }

private:
  void count(const child_entry& entry, bool is_there);

  bool by_token_ = false;
  entries entries_;
  load_table load_;
  std::unordered_map<pid, std::string> ids_;
};

} // namespace horde::scheduling
