// SPDX-License-Identifier: MIT
//
// What a replica writes by itself: for its owner, for those that departed, and
// to settle conflicts.

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
  persistence store{where};
  auto loaded = store.load(map_.hash_key());
  if (auto problem = std::get_if<failure>(&loaded))
    return *problem;
  if (const auto& x = std::get<std::optional<former_self>>(loaded)) {
    apply(x->news, nullptr, {}, now);
    map_.adopt(x->seen);
  }
  store_ = store;
  return std::nullopt;
}

void replica::inherit(replica_id who) {
  std::vector<std::pair<std::string, crdt::version>> found;
  map_.for_each([&](std::string_view key, auto versions) {
    for (const auto& v : versions)
      if (v.id.who == who)
        found.emplace_back(key, v);
  });
  for (auto& [key, x] : found) {
    std::vector<crdt::dot> others;
    for (const auto& v : map_.versions(key))
      if (v.id != x.id)
        others.push_back(v.id);
    put(key, x.value, x.when, others);
  }
}

bool replica::retire(replica_id who, std::uint64_t last) {
  departed_.insert_or_assign(who, last);
  retire_departed();
  return !departed_.contains(who);
}

void replica::retire_departed() {
  std::erase_if(departed_, [this](const auto& x) {
    return map_.retire(x.first, x.second);
  });
}

void replica::forget(replica_id who) {
  departed_.erase(who);
  map_.forget(who);
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
