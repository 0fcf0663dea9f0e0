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
  if (auto kept = tree_.below(x))
    return *kept;
  child_digests result;
  std::ranges::transform(parts_of(x), result.begin(), &digest_part::sum);
  return result;
}

digest_parts aw_lww_map::parts_of(tree_node x) const {
  digest_parts result{};
  visit(x.first(), x.last(),
        [&](std::uint64_t hash, std::string_view, auto versions) {
          for (const auto& v : versions)
            result[x.child_of(hash)].add(share(hash, v.id));
          return true;
        });
  return result;
}

template <class Predicate>
bool aw_lww_map::replace(std::uint64_t hash, std::string_view key,
                         const version_view& x, Predicate f) {
  // The two do not depend on each other: the memory of the one is loaded while
  // the other is written to.
  entries_.prefetch(hash);
  digest_part added;
  added.add(share(hash, x.id));
  auto crowded = tree_.change(hash, added);
  digest_part gone;
  auto removed = entries_.replace(hash, key, x, [&](const version_view& v) {
    if (!f(v))
      return false;
    gone.subtract(share(hash, v.id));
    return true;
  });
  if (removed)
    tree_.change(hash, gone);
  else if (crowded)
    tree_.divide(*crowded, parts_of(*crowded));
  return removed;
}

template <class Predicate>
void aw_lww_map::remove_if(std::uint64_t hash, Predicate f) {
  digest_part gone;
  auto removed =
    entries_.remove_if(hash, [&](std::string_view key, const version_view& v) {
      if (!f(key, v))
        return false;
      gone.subtract(share(hash, v.id));
      return true;
    });
  if (removed)
    tree_.change(hash, gone);
}

void aw_lww_map::put(std::uint64_t hash, std::string_view key,
                     const version_view& x, std::span<const dot> keep,
                     std::vector<dot>& gone) {
  HORDE_ASSERT(x.id == next(x.id.who));
  seen_.add(x.id);
  replace(hash, key, x, [&](const version_view& v) {
    if (contains(keep, v.id))
      return false;
    gone.push_back(v.id);
    return true;
  });
}

void aw_lww_map::erase(std::uint64_t hash, std::string_view key,
                       std::span<const dot> dots, std::vector<dot>& gone) {
  remove_if(hash, [&](std::string_view k, const version_view& v) {
    if (k != key || !contains(dots, v.id))
      return false;
    gone.push_back(v.id);
    return true;
  });
}

void aw_lww_map::clear(std::vector<std::string>& changed) {
  for_each([&](std::string_view key, auto) { changed.emplace_back(key); });
  entries_.clear();
  tree_.clear();
}

template <class Predicate>
void aw_lww_map::drop_if(std::uint64_t hash, Predicate is_gone,
                         std::vector<std::string>& changed) {
  remove_if(hash, [&](std::string_view key, const version_view& v) {
    auto result = is_gone(v.id);
    if (result)
      changed.emplace_back(key);
    return result;
  });
}

std::size_t aw_lww_map::take(std::uint64_t hash, const news::key& x,
                             std::span<const dot> gone,
                             std::vector<std::string>& changed) {
  std::size_t removed = 0;
  auto is_new = false;
  for (const auto& v : x.versions) {
    if (!seen_.add(v.id))
      continue; // here already, or seen and dropped
    // The first one takes the place of what is gone.
    auto is_gone = [&](const version_view& old) {
      auto result = !is_new && contains(gone, old.id);
      removed += result ? 1 : 0;
      return result;
    };
    replace(hash, x.name, v, is_gone);
    is_new = true;
  }
  if (is_new)
    changed.emplace_back(x.name);
  return removed;
}

void aw_lww_map::join(const news::item& x, std::vector<std::string>& changed) {
  auto gone = x.gone();
  for (auto id : gone)
    seen_.add(id);
  auto left = gone.size(); // nearly always all of it goes with the first key
  for (std::size_t i = 0; i < x.size(); ++i)
    left -= take(x.hash(), x[i], gone, changed);
  if (left > 0)
    drop_if(
      x.hash(), [&](dot d) { return contains(gone, d); }, changed);
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
  auto is_seen = [&](dot d) { return seen.contains(d); };
  std::vector<std::uint64_t> hashes;
  visit_from(0, [&](std::uint64_t hash, std::string_view, auto versions) {
    if (std::ranges::any_of(versions, is_seen, &version_view::id))
      hashes.push_back(hash);
    return true;
  });
  for (auto hash : hashes)
    drop_if(hash, is_seen, changed);
  adopt(seen);
}

bool aw_lww_map::forget(replica_id who) {
  auto result = seen_.forget(who);
  forgettings_ += result ? 1 : 0;
  return result;
}

std::optional<version_view> aw_lww_map::winner(std::string_view key) const {
  auto xs = versions(key);
  return xs.empty() ? std::nullopt : std::optional{xs.front()};
}

} // namespace horde::crdt
