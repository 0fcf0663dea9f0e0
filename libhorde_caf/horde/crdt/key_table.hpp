// SPDX-License-Identifier: MIT
//
// All versions of all keys, in a hash table that is ordered by hash, so that
// any range of hashes can be visited in order, at any time, without an index
// beside it; this is what reconciliation walks over. Keys with equal hashes are
// neighbours, and so are the versions of one key: a second one, which is rare,
// costs no more than the first.
//
// Extendible hashing (Fagin et al. 1979): a directory over the first bits of
// the hash leads to segments, and a segment that is full becomes two. So a
// write makes room in one segment at most, whatever the size of the table.
//
// A version is one block of memory, key and value at its end: 32 bytes beside
// them, the allocator's share, and a slot of 16 bytes in a segment.

#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "horde/crdt/key_segment.hpp"
#include "horde/crdt/version.hpp"

namespace horde::crdt {

class key_table {
public:
  /// The versions of one key, latest first. Valid until the next write.
  class versions {
  public:
    class iterator {
    public:
      using value_type = version_view;
      using difference_type = std::ptrdiff_t;

      iterator() = default;
      version_view operator*() const { return slot_->record->view(); }
      iterator& operator++() {
        ++slot_;
        return *this;
      }
      iterator operator++(int) {
        auto result = *this;
        ++*this;
        return result;
      }
      friend bool operator==(const iterator&, const iterator&) = default;

    private:
      friend versions;
      explicit iterator(const key_slot* x) : slot_(x) {}
      const key_slot* slot_ = nullptr;
    };

    versions() = default;
    iterator begin() const { return iterator{first_}; }
    iterator end() const { return iterator{last_}; }
    bool empty() const { return first_ == last_; }
    std::size_t size() const {
      return static_cast<std::size_t>(last_ - first_);
    }
    /// Requires: not empty.
    version_view front() const { return *begin(); }

  private:
    friend key_table;
    explicit versions(key_segment::run x) : first_(x.first), last_(x.last) {}
    const key_slot* first_ = nullptr;
    const key_slot* last_ = nullptr;
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

  /// The number of parts that it is divided into.
  std::size_t segments() const { return segments_; }

  versions find(std::uint64_t hash, std::string_view key) const {
    return versions{segment_of(hash).find(hash, key)};
  }

  /// Begins to load what a write to this hash looks at first.
  void prefetch(std::uint64_t hash) const {
    __builtin_prefetch(segment_of(hash).place_of(hash), 1);
  }

  /// Begins to load what `prefetch` looks at first.
  void prefetch_segment(std::uint64_t hash) const {
    __builtin_prefetch(directory_[index_of(hash)]);
  }

  /// Adds a version.
  void insert(std::uint64_t hash, std::string_view key, const version_view& x) {
    auto& here = segment_with_room(hash);
    add(here, here.find(hash, key), hash, key, x);
  }

  /// Adds a version in the place of those of which `f(version_view)` says so.
  /// Returns true if there was one. With one lookup in the usual case, and one
  /// that takes as many bytes as the version before is written over it.
  template <class F>
  bool replace(std::uint64_t hash, std::string_view key, const version_view& x,
               F f) {
    auto& here = segment_with_room(hash);
    auto old = here.find(hash, key);
    if (old.last - old.first > 1) {
      auto removed = remove_if(hash, key, f);
      insert(hash, key, x);
      return removed;
    }
    if (old.first != old.last && f(old.first->record->view())) {
      overwrite(*old.first, key, x);
      return true;
    }
    add(here, old, hash, key, x);
    return false;
  }

  /// Removes those versions of a key of which `f(version_view)` says so.
  /// Returns true if there was one.
  template <class F>
  bool remove_if(std::uint64_t hash, std::string_view key, F f) {
    auto& here = segment_of(hash);
    auto old = here.find(hash, key);
    auto kept =
      keep(old, old.first, [&f](const key_record& x) { return !f(x.view()); });
    return close(hash, kept, old.last);
  }

  /// The same for all keys with that hash, by `f(key, version_view)`.
  template <class F>
  bool remove_if(std::uint64_t hash, F f) {
    auto next = segment_of(hash).lower_bound(hash);
    auto kept = next;
    while (next->has(hash)) {
      key_segment::run old{next, key_segment::end_of_key(next)};
      kept = keep(old, kept,
                  [&f](const key_record& x) { return !f(x.key(), x.view()); });
      next = old.last;
    }
    return close(hash, kept, next);
  }

  void clear() { *this = key_table{}; }

  /// Visits (hash, key, versions) for `first <= hash <= last`, ascending by
  /// (hash, key), until `f` returns false. Looks at few slots outside of that
  /// range, so asking for one hash is as fast as finding a key.
  template <class F>
  void visit(std::uint64_t first, std::uint64_t last, F f) const {
    auto i = index_of(first);
    auto x = directory_[i]->lower_bound(first);
    for (;;) {
      const auto& here = *directory_[i];
      i = last_index_of(here, i);
      auto is_last = i >= index_of(last);
      auto end = is_last ? here.place_of(last) + 1 : here.end();
      if (!visit_slots(x, end, last, f) || is_last)
        return;
      x = directory_[++i]->begin();
    }
  }

private:
  /// So many slots further a visit begins to load the record.
  static constexpr std::ptrdiff_t ahead = 8;

  /// Visits what begins in front of `end` or in one row with it.
  template <class F>
  static bool visit_slots(key_slot* x, const key_slot* end, std::uint64_t last,
                          F& f) {
    while (x->record || x < end) {
      if (x + ahead < end)
        __builtin_prefetch(x[ahead].record);
      if (!x->record) {
        ++x;
        continue;
      }
      if (x->hash > last)
        return false;
      key_segment::run here{x, key_segment::end_of_key(x)};
      if (!f(x->hash, x->record->key(), versions{here}))
        return false;
      x = here.last;
    }
    return true;
  }

  /// Moves those versions of a key that `stays` to `out`, destroys the others.
  /// Returns the end of what it moved.
  template <class F>
  key_slot* keep(key_segment::run old, key_slot* out, F stays) {
    auto first = out;
    for (auto x = old.first; x != old.last; ++x)
      if (stays(std::as_const(*x->record)))
        *out++ = *x;
      else
        key_record::destroy(x->record);
    if (out == first && old.first != old.last)
      --size_;
    if (out - first <= 1 && old.last - old.first > 1)
      --contended_;
    return out;
  }

  void swap(key_table& x) noexcept;

  std::size_t index_of(std::uint64_t hash) const {
    // In two steps: there may be none of its bits to take.
    return static_cast<std::size_t>(hash >> 1 >> (63 - bits_));
  }

  /// The last index that leads to `x`. Requires: index `i` does.
  std::size_t last_index_of(const key_segment& x, std::size_t i) const {
    return i | ((std::size_t{1} << (bits_ - x.depth())) - 1);
  }

  key_segment& segment_of(std::uint64_t hash) const {
    return *directory_[index_of(hash)];
  }

  key_segment& segment_with_room(std::uint64_t hash) {
    auto& result = segment_of(hash);
    if (!result.is_full()) [[likely]]
      return result;
    make_room(hash);
    return segment_of(hash);
  }

  /// Requires: `old` are the versions of the key in `where`, which has room.
  void add(key_segment& where, key_segment::run old, std::uint64_t hash,
           std::string_view key, const version_view& x);
  static void overwrite(key_slot& old, std::string_view key,
                        const version_view& x);
  /// Takes the slots of what was removed. Returns false if there are none.
  bool close(std::uint64_t hash, key_slot* first, key_slot* last);

  // -- the directory ---------------------------------------------------------

  void make_room(std::uint64_t hash);
  void save_memory(std::uint64_t hash);
  void split(std::uint64_t hash);
  bool merge(std::uint64_t hash);
  void rebuild(std::uint64_t hash);

  std::unique_ptr<key_segment> take(std::uint64_t hash);
  void place(std::uint64_t hash, unsigned depth,
             std::span<const key_slot> slots);
  void widen();
  void narrow();

  unsigned bits_ = 0; ///< of a hash that the directory looks at
  std::size_t size_ = 0;
  std::size_t contended_ = 0;
  std::size_t segments_ = 0;
  std::size_t deepest_ = 0; ///< segments to which only one index leads
  std::vector<key_segment*> directory_;
};

} // namespace horde::crdt
