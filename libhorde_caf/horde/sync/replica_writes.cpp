// SPDX-License-Identifier: MIT
//
// What a replica writes by itself: for its owner, and to settle conflicts.

#include <algorithm>
#include <iterator>
#include <utility>

#include "horde/sync/replica.hpp"

namespace horde::sync {

std::uint64_t replica::put(std::string_view key, std::string_view value,
                           crdt::stamp when, std::span<const crdt::dot> keep) {
  spoken_.clear();
  auto id = map_.next(self_);
  auto hash = map_.hash_of(key);
  map_.put(hash, key, {id, when, value}, keep, spoken_);
  spoken_.push_back(id);
  return note_write(hash, key);
}

std::uint64_t replica::erase(std::string_view key,
                             std::span<const crdt::dot> dots) {
  spoken_.clear();
  auto hash = map_.hash_of(key);
  map_.erase(hash, key, dots, spoken_);
  return spoken_.empty() ? sequence() : note_write(hash, key);
}

std::uint64_t replica::erase(std::string_view key) {
  std::vector<crdt::dot> all;
  for (const auto& v : map_.versions(key))
    all.push_back(v.id);
  return erase(key, all);
}

std::uint64_t replica::note_write(std::uint64_t hash, std::string_view key) {
  pending_.changed.emplace_back(key);
  auto result = log_.append(hash, spoken_, cfg_.max_log_records);
  if (links_.empty())
    trim_log();
  return result;
}

std::uint64_t replica::clear() {
  map_.clear(pending_.changed);
  auto result = log_.append_clear(map_.seen(), cfg_.max_log_records);
  if (links_.empty())
    trim_log();
  return result;
}

// -- other selves -------------------------------------------------------------

std::optional<failure> replica::keep_in(storage& where, moment now) {
  persistence store{where, now};
  auto loaded = store.load(cfg_);
  if (auto problem = std::get_if<failure>(&loaded))
    return std::move(*problem);
  if (const auto& x = std::get<std::optional<former_self>>(loaded)) {
    apply(x->news, nullptr, {}, now);
    map_.adopt(x->seen);
    // Nobody may take us for one of those that it has forgotten.
    if (map_.seen().is_forgotten(self_))
      take_new_id(map_.seen().horizon(), now);
  }
  store_ = std::move(store);
  return std::nullopt;
}

void replica::keep_owed(moment now) {
  if (store_)
    store_->keep_owed(map_, cfg_, now);
}

// -- conflicts ---------------------------------------------------------------

std::optional<crdt::version_view> replica::winner(std::string_view key) const {
  if (cfg_.conflicts == conflict_policy::last_wins)
    return map_.winner(key);
  std::optional<crdt::version_view> first;
  for (const auto& v : map_.versions(key))
    first = v;
  return first;
}

bool replica::must_resolve(crdt::key_table::versions versions) const {
  replica_id largest{};
  for (const auto& v : versions)
    if (v.id.who == self_ || links_.contains(v.id.who))
      largest = std::max(largest, v.id.who);
  return largest == self_ && std::next(versions.begin()) != versions.end();
}

void replica::resolve(moment now) {
  auto keys = std::exchange(to_resolve_, {});
  keys.insert(keys.end(), pending_.changed.begin(), pending_.changed.end());
  for (const auto& key : keys) {
    auto shown = map_.versions(key);
    if (shown.empty() || !must_resolve(shown))
      continue;
    std::vector<crdt::version> versions{shown.begin(), shown.end()};
    put(key, resolver_(key, versions), stamp_at(now));
  }
}

} // namespace horde::sync
