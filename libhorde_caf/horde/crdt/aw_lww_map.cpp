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

key_table::entry& aw_lww_map::obtain(std::uint64_t hash, std::string_view key) {
  auto& result = entries_.obtain(hash, key);
  if (tree_.is_shallow_for(entries_.size())) {
    tree_.deepen();
    visit_from(0, [this](std::uint64_t h, const std::string&, auto versions) {
      for (const auto& v : versions)
        tree_.add_to_deepest(h, share(h, v.id));
      return true;
    });
  }
  return result;
}

void aw_lww_map::erase_entry(std::uint64_t hash, std::string_view key) {
  entries_.erase(hash, key);
  if (tree_.is_deep_for(entries_.size()))
    tree_.flatten();
}

child_digests aw_lww_map::digests_below(tree_node x) const {
  child_digests result{};
  if (x.level < tree_.depth()) {
    for (unsigned i = 0; i < tree_node::fan_out; ++i)
      result[i] = tree_.at(x.child(i));
    return result;
  }
  visit(x.first(), x.last(),
        [&](std::uint64_t hash, const std::string&, auto versions) {
          for (const auto& v : versions)
            add(result[x.child_of(hash)], share(hash, v.id));
          return true;
        });
  return result;
}

void aw_lww_map::insert(key_table::entry& x, version v) {
  tree_.add(x.hash, share(x.hash, v.id));
  x.versions.insert(std::move(v));
  if (x.versions.size() == 2)
    ++contended_;
}

template <class Predicate>
bool aw_lww_map::remove_if(key_table::entry& x, Predicate f) {
  auto before = x.versions.size();
  x.versions.remove_if([&](const version& v) {
    if (!f(v))
      return false;
    tree_.subtract(x.hash, share(x.hash, v.id));
    return true;
  });
  auto after = x.versions.size();
  if (before > 1 && after <= 1)
    --contended_;
  return before != after;
}

void aw_lww_map::put(std::string_view key, version x, std::span<const dot> keep,
                     std::vector<dot>& gone) {
  HORDE_ASSERT(x.id == next(x.id.who));
  seen_.add(x.id);
  auto& entry = obtain(hash_of(key), key);
  remove_if(entry, [&](const version& v) {
    if (contains(keep, v.id))
      return false;
    gone.push_back(v.id);
    return true;
  });
  insert(entry, std::move(x));
}

void aw_lww_map::erase(std::string_view key, std::span<const dot> dots,
                       std::vector<dot>& gone) {
  auto hash = hash_of(key);
  auto x = entries_.find(hash, key);
  if (!x)
    return;
  remove_if(*x, [&](const version& v) {
    if (!contains(dots, v.id))
      return false;
    gone.push_back(v.id);
    return true;
  });
  if (x->versions.empty())
    erase_entry(hash, key);
}

bool aw_lww_map::join(key_delta delta) {
  auto hash = hash_of(delta.key);
  auto x = entries_.find(hash, delta.key);
  auto changed = false;
  if (x && !delta.gone.empty())
    changed = remove_if(
      *x, [&](const version& v) { return contains(delta.gone, v.id); });
  for (auto id : delta.gone)
    seen_.add(id);
  for (auto& v : delta.versions) {
    if (!seen_.add(v.id))
      continue; // here already, or seen and dropped
    if (!x)
      x = &obtain(hash, delta.key);
    insert(*x, std::move(v));
    changed = true;
  }
  if (x && x->versions.empty())
    erase_entry(hash, delta.key);
  return changed;
}

std::span<const version> aw_lww_map::versions(std::string_view key) const {
  auto x = entries_.find(hash_of(key), key);
  return x ? x->versions.view() : std::span<const version>{};
}

const version* aw_lww_map::winner(std::string_view key) const {
  auto xs = versions(key);
  return xs.empty() ? nullptr : &xs.front();
}

} // namespace horde::crdt
