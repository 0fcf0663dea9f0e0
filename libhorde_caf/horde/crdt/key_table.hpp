// SPDX-License-Identifier: MIT
//
// A hash table that is ordered by hash: the bucket of a key is given by the
// upper bits of its hash, and chains are sorted by (hash, key). So any range of
// hashes can be visited in order, at any time, without an index beside it; this
// is what reconciliation walks over. Keys with equal hashes are neighbours.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "horde/crdt/version_list.hpp"

namespace horde::crdt {

class key_table {
public:
  struct entry {
    std::uint64_t hash = 0;
    std::string key;
    version_list versions;
    std::unique_ptr<entry> next;
  };

  key_table() { resize(fewest_bits); }

  std::size_t size() const { return size_; }

  entry* find(std::uint64_t hash, std::string_view key) const;

  /// The entry of `key`, made if there is none. Invalidates no other entry.
  entry& obtain(std::uint64_t hash, std::string_view key);

  /// Requires: `key` is in here.
  void erase(std::uint64_t hash, std::string_view key);

  /// Visits entries with `first <= hash <= last`, ascending by (hash, key),
  /// until `f` returns false. Looks into no bucket outside of that range, so
  /// asking for one hash is as fast as finding a key.
  template <class F>
  void visit(std::uint64_t first, std::uint64_t last, F f) const {
    for (auto i = bucket_of(first); i <= bucket_of(last); ++i)
      for (auto x = buckets_[i].get(); x; x = x->next.get())
        if (first <= x->hash && x->hash <= last && !f(*x))
          return;
  }

private:
  using link = std::unique_ptr<entry>;

  static constexpr unsigned fewest_bits = 4;

  std::size_t bucket_of(std::uint64_t hash) const {
    return static_cast<std::size_t>(hash >> (64 - bits_));
  }

  /// The link to the entry of `key`, or to where it belongs.
  static const link& locate(const link& chain, std::uint64_t hash,
                            std::string_view key);
  link& locate(std::uint64_t hash, std::string_view key);
  void resize(unsigned bits);

  unsigned bits_ = 0;
  std::size_t size_ = 0;
  std::vector<link> buckets_;
};

} // namespace horde::crdt
