// SPDX-License-Identifier: MIT
//
// Writes on an `aw_lww_map` that give the delta a peer would get, and all that
// a map shows as one value.

#pragma once

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "horde/crdt/aw_lww_map.hpp"

namespace horde::crdt {

/// News about one key, with memory of its own.
struct key_delta {
  std::string key;
  std::vector<version> versions;
  std::vector<dot> gone;

  friend bool operator==(const key_delta&, const key_delta&) = default;
};

/// Views into `x`, which must outlive the result.
inline void add(news& out, const key_delta& x, std::uint64_t hash_key = 0) {
  out.add_hash(hash64(x.key, hash_key));
  if (!x.versions.empty())
    out.add_key(x.key);
  for (const auto& v : x.versions)
    out.add_version(v);
  for (auto d : x.gone)
    out.add_gone(d);
}

inline news news_of(const key_delta& x, std::uint64_t hash_key = 0) {
  news result;
  add(result, x, hash_key);
  return result;
}

news news_of(key_delta&&, std::uint64_t = 0) = delete; // views into nothing

/// Returns true if the versions of the key changed.
inline bool join(aw_lww_map& map, const key_delta& x) {
  std::vector<std::string> changed;
  map.join(news_of(x, map.hash_key())[0], changed);
  return !changed.empty();
}

inline key_delta delta_of(const aw_lww_map& x, std::string_view key,
                          std::vector<dot> gone) {
  auto versions = x.versions(key);
  return {
    std::string{key}, {versions.begin(), versions.end()}, std::move(gone)};
}

inline key_delta put(aw_lww_map& x, replica_id self, std::string_view key,
                     std::uint64_t when, std::string value,
                     std::span<const dot> keep = {}) {
  std::vector<dot> gone;
  x.put(key, {x.next(self), stamp{when}, std::move(value)}, keep, gone);
  return delta_of(x, key, std::move(gone));
}

inline key_delta erase(aw_lww_map& x, std::string_view key,
                       std::span<const dot> dots) {
  std::vector<dot> gone;
  x.erase(key, dots, gone);
  return delta_of(x, key, std::move(gone));
}

inline std::vector<dot> dots_of(const aw_lww_map& x, std::string_view key) {
  std::vector<dot> result;
  for (const auto& v : x.versions(key))
    result.push_back(v.id);
  return result;
}

inline key_delta erase(aw_lww_map& x, std::string_view key) {
  return erase(x, key, dots_of(x, key));
}

using contents = std::map<std::string, std::vector<version>>;

inline contents contents_of(const aw_lww_map& x) {
  contents result;
  x.for_each([&](std::string_view key, auto versions) {
    result[std::string{key}].assign(versions.begin(), versions.end());
  });
  return result;
}

} // namespace horde::crdt
