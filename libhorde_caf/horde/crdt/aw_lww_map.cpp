// SPDX-License-Identifier: MIT

#include "horde/crdt/aw_lww_map.hpp"

#include <algorithm>
#include <utility>

#include "horde/assert.hpp"

namespace horde::crdt {

namespace {

bool contains(std::span<const dot> xs, dot x) {
  return std::ranges::find(xs, x) != xs.end();
}

} // namespace

hash128 aw_lww_map::share(std::uint64_t hash, dot id) const {
  char bytes[24];
  auto store = [&bytes](std::size_t at, std::uint64_t x) {
    for (std::size_t i = 0; i < 8; ++i)
      bytes[at + i] = static_cast<char>(x >> (8 * i)); // equal on all machines
  };
  store(0, hash);
  store(8, static_cast<std::uint64_t>(id.who));
  store(16, id.counter);
  return hash_128({bytes, sizeof(bytes)}, hash_key_);
}

child_digests aw_lww_map::digests_below(tree_node x) const {
  child_digests result{};
  if (x.level < tree_.depth()) {
    for (unsigned i = 0; i < tree_node::fan_out; ++i)
      result[i] = tree_.at(x.child(i));
    return result;
  }
  visit(x.first(), x.last(),
        [&](std::uint64_t hash, std::string_view, auto versions) {
          for (const auto& v : versions)
            add(result[x.child_of(hash)], share(hash, v.id));
          return true;
        });
  return result;
}

void aw_lww_map::insert(std::uint64_t hash, std::string_view key,
                        const version& x) {
  tree_.add(hash, share(hash, x.id));
  entries_.insert(hash, key, x);
  if (!tree_.is_shallow_for(entries_.size()))
    return;
  tree_.deepen();
  visit_from(0, [this](std::uint64_t h, std::string_view, auto versions) {
    for (const auto& v : versions)
      tree_.add_to_deepest(h, share(h, v.id));
    return true;
  });
}

template <class Predicate>
bool aw_lww_map::remove_if(std::uint64_t hash, std::string_view key,
                           Predicate f) {
  auto result = entries_.remove_if(hash, key, [&](const version_view& v) {
    if (!f(v))
      return false;
    tree_.subtract(hash, share(hash, v.id));
    return true;
  });
  if (result && tree_.is_deep_for(entries_.size()))
    tree_.flatten();
  return result;
}

template <class Predicate>
void aw_lww_map::remove_if(std::uint64_t hash, Predicate f) {
  auto any =
    entries_.remove_if(hash, [&](std::string_view key, const version_view& v) {
      if (!f(key, v))
        return false;
      tree_.subtract(hash, share(hash, v.id));
      return true;
    });
  if (any && tree_.is_deep_for(entries_.size()))
    tree_.flatten();
}

void aw_lww_map::put(std::string_view key, const version& x,
                     std::span<const dot> keep, std::vector<dot>& gone) {
  HORDE_ASSERT(x.id == next(x.id.who));
  seen_.add(x.id);
  auto hash = hash_of(key);
  remove_if(hash, key, [&](const version_view& v) {
    if (contains(keep, v.id))
      return false;
    gone.push_back(v.id);
    return true;
  });
  insert(hash, key, x);
}

void aw_lww_map::erase(std::string_view key, std::span<const dot> dots,
                       std::vector<dot>& gone) {
  remove_if(hash_of(key), key, [&](const version_view& v) {
    if (!contains(dots, v.id))
      return false;
    gone.push_back(v.id);
    return true;
  });
}

void aw_lww_map::join(const news::item& x, std::vector<std::string>& changed) {
  auto gone = x.gone();
  if (!gone.empty())
    remove_if(x.hash(), [&](std::string_view key, const version_view& v) {
      auto result = contains(gone, v.id);
      if (result)
        changed.emplace_back(key);
      return result;
    });
  for (auto id : gone)
    seen_.add(id);
  for (std::size_t i = 0; i < x.size(); ++i) {
    auto key = x[i];
    auto is_new = false;
    for (const auto& v : key.versions)
      if (seen_.add(v.id)) { // else here already, or seen and dropped
        insert(x.hash(), key.name, v);
        is_new = true;
      }
    if (is_new)
      changed.emplace_back(key.name);
  }
}

bool aw_lww_map::is_news(const news::item& x) const {
  if (x.any_dot([this](dot d) { return !seen_.contains(d); }))
    return true;
  auto result = false;
  visit(x.hash(), x.hash(),
        [&](std::uint64_t, std::string_view, auto versions) {
          for (const auto& v : versions)
            result = result || contains(x.gone(), v.id);
          return !result;
        });
  return result;
}

void aw_lww_map::drop(const causal_context& seen,
                      std::vector<std::string>& changed) {
  std::vector<std::uint64_t> hashes;
  visit_from(0, [&](std::uint64_t hash, std::string_view, auto versions) {
    auto is_seen = [&](const version_view& v) { return seen.contains(v.id); };
    if (std::ranges::any_of(versions, is_seen))
      hashes.push_back(hash);
    return true;
  });
  for (auto hash : hashes)
    remove_if(hash, [&](std::string_view key, const version_view& v) {
      auto result = seen.contains(v.id);
      if (result)
        changed.emplace_back(key);
      return result;
    });
  if (&seen != &seen_)
    seen_.join(seen);
}

bool aw_lww_map::retire(replica_id who, std::uint64_t last) {
  if (seen_.latest(who) != last || seen_.is_retired(who))
    return seen_.is_retired(who);
  auto is_used = false;
  visit_from(0, [&](std::uint64_t, std::string_view, auto versions) {
    for (const auto& v : versions)
      is_used = is_used || v.id.who == who;
    return !is_used;
  });
  return !is_used && seen_.retire(who, last);
}

std::optional<version_view> aw_lww_map::winner(std::string_view key) const {
  auto xs = versions(key);
  return xs.empty() ? std::nullopt : std::optional{xs.front()};
}

} // namespace horde::crdt
