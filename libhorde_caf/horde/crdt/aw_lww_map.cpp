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
                         const version& x, Predicate f) {
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
bool aw_lww_map::remove_if(std::uint64_t hash, std::string_view key,
                           Predicate f) {
  digest_part gone;
  auto removed = entries_.remove_if(hash, key, [&](const version_view& v) {
    if (!f(v))
      return false;
    gone.subtract(share(hash, v.id));
    return true;
  });
  if (removed)
    tree_.change(hash, gone);
  return removed;
}

void aw_lww_map::put(std::uint64_t hash, std::string_view key, const version& x,
                     std::span<const dot> keep, std::vector<dot>& gone) {
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
  remove_if(hash, key, [&](const version_view& v) {
    if (!contains(dots, v.id))
      return false;
    gone.push_back(v.id);
    return true;
  });
}

bool aw_lww_map::join(std::uint64_t hash, const key_delta& delta) {
  for (auto id : delta.gone)
    seen_.add(id);
  auto is_gone = [&delta](const version_view& v) {
    return contains(delta.gone, v.id);
  };
  // The first one that is new takes the place of what is gone.
  auto changed = false;
  for (const auto& v : delta.versions) {
    if (!seen_.add(v.id))
      continue; // here already, or seen and dropped
    if (changed)
      replace(hash, delta.key, v, [](const version_view&) { return false; });
    else
      replace(hash, delta.key, v, is_gone);
    changed = true;
  }
  if (!changed && !delta.gone.empty())
    changed = remove_if(hash, delta.key, is_gone);
  return changed;
}

std::optional<version_view> aw_lww_map::winner(std::string_view key) const {
  auto xs = versions(key);
  return xs.empty() ? std::nullopt : std::optional{xs.front()};
}

} // namespace horde::crdt
