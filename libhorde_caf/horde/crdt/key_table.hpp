// SPDX-License-Identifier: MIT
//
// All versions of all keys, in a hash table that is ordered by hash: the bucket
// of a key is given by the upper bits of its hash, and chains are sorted by
// (hash, key), latest version first. So any range of hashes can be visited in
// order, at any time, without an index beside it; this is what reconciliation
// walks over. Keys with equal hashes are neighbours, and so are the versions of
// one key: a second one, which is rare, costs no more than the first.
//
// A version is one block of memory, key and value at its end: 48 bytes beside
// them, and the allocator's share.

#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "horde/crdt/version.hpp"

namespace horde::crdt {

class key_table {
  struct record;

public:
  /// The versions of one key, latest first. Valid until the next write.
  class versions {
  public:
    class iterator {
    public:
      using value_type = version_view;
      using difference_type = std::ptrdiff_t;

      iterator() = default;
      version_view operator*() const;
      iterator& operator++();
      iterator operator++(int) {
        auto result = *this;
        ++*this;
        return result;
      }
      friend bool operator==(const iterator&, const iterator&) = default;

    private:
      friend versions;
      explicit iterator(const record* x) : record_(x) {}
      const record* record_ = nullptr;
    };

    versions() = default;
    iterator begin() const { return iterator{first_}; }
    iterator end() const { return {}; }
    bool empty() const { return first_ == nullptr; }
    std::size_t size() const {
      return static_cast<std::size_t>(std::distance(begin(), end()));
    }
    /// Requires: not empty.
    version_view front() const { return *begin(); }

  private:
    friend key_table;
    explicit versions(const record* first) : first_(first) {}
    const record* first_ = nullptr;
  };

  key_table();
  key_table(key_table&& x) noexcept : key_table() { swap(x); }
  key_table& operator=(key_table&& x) noexcept {
    swap(x);
    return *this;
  }
  ~key_table();

  /// The number of keys.
  std::size_t size() const { return size_; }

  /// The number of keys with more than one version.
  std::size_t contended() const { return contended_; }

  versions find(std::uint64_t hash, std::string_view key) const;

  /// Adds a version.
  void insert(std::uint64_t hash, std::string_view key, const version_view& x);

  /// Removes those versions of a key of which `f(version_view)` says so.
  /// Returns true if there was one.
  template <class F>
  bool remove_if(std::uint64_t hash, std::string_view key, F f) {
    auto place = locate(hash, key);
    std::size_t kept = 0;
    std::size_t removed = 0;
    while (is(*place, hash, key)) {
      auto drop = f(view(*place));
      ++(drop ? removed : kept);
      place = drop ? unlink(place) : next(place);
    }
    if (removed > 0)
      removed_some(kept, removed);
    return removed > 0;
  }

  /// The same for all keys of one hash, with `f(key, version_view)`.
  template <class F>
  bool remove_if(std::uint64_t hash, F f) {
    auto result = false;
    std::vector<std::string> names; // nearly always one
    visit(hash, hash, [&](std::uint64_t, std::string_view key, versions) {
      names.emplace_back(key);
      return true;
    });
    for (const auto& key : names)
      result |= remove_if(hash, std::string_view{key},
                          [&](const version_view& v) { return f(key, v); });
    return result;
  }

  /// Visits (hash, key, versions) for `first <= hash <= last`, ascending by
  /// (hash, key), until `f` returns false. Looks into no bucket outside of that
  /// range, so asking for one hash is as fast as finding a key.
  template <class F>
  void visit(std::uint64_t first, std::uint64_t last, F f) const {
    for (auto i = bucket_of(first); i <= bucket_of(last); ++i)
      for (const record* x = buckets_[i]; x != nullptr;) {
        auto hash = hash_of(x);
        if (hash > last)
          return;
        if (hash >= first && !f(hash, key_of(x), versions{x}))
          return;
        x = next_key(x);
      }
  }

private:
  static constexpr unsigned fewest_bits = 4;

  void swap(key_table& x) noexcept;

  static bool is(const record* x, std::uint64_t hash, std::string_view key);
  static version_view view(const record* x);
  static std::uint64_t hash_of(const record* x);
  static std::string_view key_of(const record* x);
  static const record* next_key(const record* x);
  static record** next(record** place);

  std::size_t bucket_of(std::uint64_t hash) const {
    return static_cast<std::size_t>(hash >> (64 - bits_));
  }

  /// The link to the first version of `key`, or to where it belongs.
  record* const* locate(std::uint64_t hash, std::string_view key) const;
  record** locate(std::uint64_t hash, std::string_view key);
  record** unlink(record** place);
  void removed_some(std::size_t kept, std::size_t removed);
  void grow();
  void shrink();

  unsigned bits_ = fewest_bits;
  std::size_t size_ = 0;
  std::size_t contended_ = 0;
  std::vector<record*> buckets_;
};

} // namespace horde::crdt
