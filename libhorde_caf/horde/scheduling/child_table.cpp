// SPDX-License-Identifier: MIT

#include "horde/scheduling/child_table.hpp"

#include "horde/hash.hpp"
#include "horde/membership/roster.hpp"

namespace horde::scheduling {

namespace {

using membership::make_key;
using membership::record_kind;

std::optional<wanted_child> read_wanted(const sync::replica& map,
                                        const std::string& id) {
  auto newest = newest_wanted(map, id);
  if (!newest)
    return std::nullopt;
  auto record = &newest->record;
  wanted_child result;
  result.writer = newest->writer;
  result.spec_hash = newest->spec_hash;
  result.type = std::move(record->spec.type);
  result.placement_key = std::move(record->spec.placement_key);
  if (!record->spec.place.empty())
    result.place =
      std::make_shared<const constraints>(std::move(record->spec.place));
  result.kind = record->spec.kind;
  result.movable = record->spec.movable;
  result.when = record->spec.when;
  result.scope = record->spec.scope;
  result.ends_with_its_node = supervision::ends_with_its_node(record->spec);
  result.started_by = record->started_by;
  return result;
}

void read_placed(child_entry& entry, const sync::replica& map,
                 const std::string& id, const child_table::is_gone& gone,
                 bool by_token) {
  auto versions = map.versions(make_key(record_kind::placed, id));
  entry.placed_versions = versions.size();
  bool any_lives = false;
  for (const auto& x : versions) {
    auto record = decode_placed(x.value);
    if (!record)
      continue;
    // Of passive ones the latest counts, whoever is there.
    bool lives =
      versions.size() == 1 || !(is_passive(*record) || gone(*record));
    bool is_better = !entry.placed || (lives && !any_lives)
                     || (by_token && lives == any_lives
                         && record->attempt > entry.placed->attempt);
    any_lives = any_lives || lives;
    if (is_better) {
      entry.placed = std::move(record);
      entry.placed_when = x.when;
    }
    if (lives && !by_token)
      return;
  }
}

} // namespace

std::uint64_t hash_of(const supervision::child_spec& spec) {
  return hash64(to_bytes(spec));
}

std::optional<written_wanted> newest_wanted(const sync::replica& map,
                                            const std::string& id) {
  for (const auto& x : map.versions(make_key(record_kind::wanted, id)))
    if (auto record = decode_wanted(x.value, id)) { // latest first
      // The spec comes first, and has one form only.
      std::string_view spec{x.value};
      spec.remove_suffix(to_bytes(record->started_by).size());
      return written_wanted{std::move(*record), hash64(spec), x.id.who};
    }
  return std::nullopt;
}

placement::wish wish_of(const std::string& id, const child_entry& entry) {
  if (!entry.wanted)
    return placement::wish{id};
  return placement::wish{
    supervision::placement_key(id, entry.wanted->placement_key),
    entry.wanted->where()};
}

placement::wish wish_of(const supervision::child_spec& spec) {
  return placement::wish{
    supervision::placement_key(spec.id, spec.placement_key), spec.place};
}

void child_table::refresh(const sync::replica& map, const std::string& id,
                          const is_gone& gone) {
  child_entry next;
  next.wanted = read_wanted(map, id);
  read_placed(next, map, id, gone, by_token_);
  auto known = entries_.find(id);
  if (known != nullptr) {
    next.odd_since = known->second.odd_since;
    count(known->second, false);
    if (const auto& before = known->second.placed) {
      auto indexed = ids_.find(before->pid);
      if (indexed != ids_.end() && indexed->second == &known->first)
        ids_.erase(indexed);
    }
  }
  auto is_there = next.wanted || next.placed_versions > 0;
  log_.compare(id, known != nullptr ? &known->second : nullptr,
               is_there ? &next : nullptr, gone);
  if (!is_there)
    return entries_.erase(id);
  count(next, true);
  if (known != nullptr)
    known->second = std::move(next);
  else
    known = &entries_.add(id, std::move(next));
  if (const auto& placed = known->second.placed; placed && placed->pid)
    ids_.insert_or_assign(placed->pid, &known->first);
}

void child_table::resume_log(const is_gone& gone) {
  for (const auto& [id, before] : log_.resume()) {
    auto known = entries_.find(id);
    log_.compare(id, before ? &*before : nullptr,
                 known != nullptr ? &known->second : nullptr, gone);
  }
}

void child_table::count(const child_entry& entry, bool is_there) {
  if (!entry.wanted || !entry.placed || is_passive(*entry.placed))
    return;
  const auto& group = entry.wanted->where().group;
  if (is_there)
    load_.add(entry.placed->member, group);
  else
    load_.remove(entry.placed->member, group);
}

bool child_table::settled(const std::string& id, bool odd, duration wait,
                          instant now) {
  auto known = entries_.find(id);
  if (known == nullptr)
    return true;
  auto& since = known->second.odd_since;
  if (!odd)
    since = never;
  else if (since == never)
    since = now;
  return odd && now - since >= wait;
}

const child_entry* child_table::find(std::string_view id) const {
  auto known = entries_.find(id);
  return known == nullptr ? nullptr : &known->second;
}

std::optional<std::string> child_table::find(const pid& who) const {
  auto known = ids_.find(who);
  if (known == ids_.end())
    return std::nullopt;
  return *known->second;
}

} // namespace horde::scheduling
