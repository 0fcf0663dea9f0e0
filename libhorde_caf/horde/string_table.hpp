// SPDX-License-Identifier: MIT
//
// A map by strings, in their order, that finds one by its hash: in a large
// `std::map` a search goes through as many places of memory as it has levels.
// Addresses of elements stay as they are until they are erased.

#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "horde/assert.hpp"
#include "horde/hash.hpp"

namespace horde {

template <class T>
class string_table {
public:
  using tree = std::map<std::string, T, std::less<>>;
  using element = typename tree::value_type;

  const tree& all() const { return tree_; }
  std::size_t size() const { return tree_.size(); }
  bool empty() const { return tree_.empty(); }

  /// Null if it is not there.
  element* find(std::string_view key) {
    if (places_.empty())
      return nullptr;
    return places_[place_of(key)];
  }
  const element* find(std::string_view key) const {
    return const_cast<string_table*>(this)->find(key);
  }

  /// Requires: `key` is not there.
  element& add(std::string key, T x) {
    auto [at, added] = tree_.emplace(std::move(key), std::move(x));
    HORDE_ASSERT(added);
    if (2 * tree_.size() > places_.size())
      grow();
    else
      places_[place_of(at->first)] = &*at;
    return *at;
  }

  void erase(std::string_view key) {
    auto known = tree_.find(key);
    if (known == tree_.end())
      return;
    // Those behind it that it keeps from their places move up.
    auto hole = place_of(key);
    for (auto i = next(hole); places_[i]; i = next(i)) {
      auto home = hash64(places_[i]->first) & mask();
      if (((i - home) & mask()) >= ((i - hole) & mask()))
        places_[std::exchange(hole, i)] = places_[i];
    }
    places_[hole] = nullptr;
    tree_.erase(known);
  }

private:
  std::size_t mask() const { return places_.size() - 1; }
  std::size_t next(std::size_t i) const { return (i + 1) & mask(); }

  /// Where it is, or would be.
  std::size_t place_of(std::string_view key) const {
    auto i = hash64(key) & mask();
    while (places_[i] && places_[i]->first != key)
      i = next(i);
    return i;
  }

  void grow() {
    places_.assign(places_.empty() ? 8 : 2 * places_.size(), nullptr);
    for (auto& x : tree_)
      places_[place_of(x.first)] = &x;
  }

  tree tree_;
  std::vector<element*> places_; ///< at most half of them taken
};

} // namespace horde
