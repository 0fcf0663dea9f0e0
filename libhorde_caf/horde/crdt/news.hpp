// SPDX-License-Identifier: MIT
//
// News about keys, as replicas tell each other: for each key hash, the atom of
// every message, which versions are there and which dots are gone. Flat and
// made of views, so that reading a message allocates nothing for each key; the
// bytes that it was read from must outlive it.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "horde/crdt/version.hpp"

namespace horde::crdt {

class news {
public:
  /// What is there under one key.
  struct key {
    std::string_view name;
    std::span<const version_view> versions;
  };

  /// What is told of one hash. It speaks for exactly the dots it lists, and
  /// applies in one step. Nearly always it is about one key; two keys with
  /// equal hashes stay together, since what is gone is told of the hash.
  class item {
  public:
    std::uint64_t hash() const;
    /// The number of keys.
    std::size_t size() const;
    key operator[](std::size_t i) const;
    std::span<const dot> gone() const;

    /// True if `f` says so of a dot that this speaks for.
    template <class F>
    bool any_dot(F f) const {
      for (std::size_t i = 0; i < size(); ++i)
        for (const auto& v : (*this)[i].versions)
          if (f(v.id))
            return true;
      for (auto d : gone())
        if (f(d))
          return true;
      return false;
    }

  private:
    friend news;
    item(const news& all, std::size_t place) : all_(&all), place_(place) {}
    const news* all_;
    std::size_t place_;
  };

  // -- making ----------------------------------------------------------------

  /// Begins a new item. What is added after it belongs to it.
  void add_hash(std::uint64_t hash);
  void add_key(std::string_view name);
  void add_version(const version_view& x);
  void add_gone(dot x);
  /// Empties it and keeps its memory.
  void clear();

  // -- reading ---------------------------------------------------------------

  /// The number of items.
  std::size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }
  item operator[](std::size_t i) const { return {*this, i}; }

  friend bool operator==(const news&, const news&) = default;

private:
  // Each row says where its part of the next table ends; it begins where that
  // of the row before ended.
  struct item_row {
    std::uint64_t hash = 0;
    std::size_t keys_end = 0;
    std::size_t gone_end = 0;

    friend bool operator==(const item_row&, const item_row&) = default;
  };
  struct key_row {
    std::string_view name;
    std::size_t versions_end = 0;

    friend bool operator==(const key_row&, const key_row&) = default;
  };

  std::vector<item_row> items_;
  std::vector<key_row> keys_;
  std::vector<version_view> versions_;
  std::vector<dot> gone_;
};

} // namespace horde::crdt
