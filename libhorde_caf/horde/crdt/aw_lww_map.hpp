// SPDX-License-Identifier: MIT
//
// The shared map: add-wins, last-writer-wins, delta-state (Almeida et al. 2016;
// Enes et al. 2018). A key maps to the versions that are current for it, one in
// the usual case; each has the dot of its write, a stamp and a value. A put
// removes the versions it saw and adds one; an erase removes what it saw.
// Concurrent puts all stay until a later write. No tombstones: the causal
// context tells "seen and dropped" from "never seen".
//
// Keys and values are opaque bytes. An empty value is a value.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "horde/crdt/causal_context.hpp"
#include "horde/crdt/digest_tree.hpp"
#include "horde/crdt/key_table.hpp"
#include "horde/crdt/news.hpp"
#include "horde/crdt/version.hpp"

namespace horde::crdt {

class aw_lww_map {
public:
  /// `hash_key` must be equal on all replicas that compare digests. `grain`:
  /// see `digest_tree`.
  explicit aw_lww_map(std::uint64_t hash_key,
                      std::uint64_t grain = digest_tree::usual_grain)
      : hash_key_(hash_key), tree_(grain) {}

  // -- writes ----------------------------------------------------------------

  /// The dot that the next write of `self` takes.
  dot next(replica_id self) const { return {self, seen_.latest(self) + 1}; }

  /// Adds `x`, whose dot is the `next` of its replica, to the versions of
  /// `key`. Removes all present ones but those whose dot is in `keep` and
  /// appends the dots removed to `gone`.
  void put(std::string_view key, const version_view& x,
           std::span<const dot> keep, std::vector<dot>& gone) {
    put(hash_of(key), key, x, keep, gone);
  }

  /// Removes those versions of `key` whose dot is in `dots` and appends the
  /// dots removed to `gone`.
  void erase(std::string_view key, std::span<const dot> dots,
             std::vector<dot>& gone) {
    erase(hash_of(key), key, dots, gone);
  }

  // The same for who knows the `hash_of` the key already.
  void put(std::uint64_t hash, std::string_view key, const version_view& x,
           std::span<const dot> keep, std::vector<dot>& gone);
  void erase(std::uint64_t hash, std::string_view key,
             std::span<const dot> dots, std::vector<dot>& gone);

  /// Removes everything. To tell others of it is to tell them `seen()`: all of
  /// it is gone.
  void clear(std::vector<std::string>& changed);

  // In what follows, keys whose versions changed are appended to `changed`,
  // perhaps twice.

  /// Applies a peer's news.
  void join(const news::item& x, std::vector<std::string>& changed);

  /// True if `join` would change anything.
  bool is_news(const news::item& x) const;

  /// A peer removed everything it had seen.
  void drop(const causal_context& seen, std::vector<std::string>& changed);

  /// Takes over what a peer has seen. Only after a whole reconciliation against
  /// a snapshot of that context (the rule).
  void adopt(const causal_context& seen) {
    forgettings_ += seen_.join(seen) ? 1 : 0;
  }

  // -- departed replicas -----------------------------------------------------

  /// See `causal_context::know`.
  void know(replica_id who) { seen_.know(who); }

  /// All that `who` wrote counts as seen from now on; what is left of it stays.
  /// See `causal_context::forget`.
  bool forget(replica_id who);
  /// How often somebody was forgotten.
  std::uint64_t forgettings() const { return forgettings_; }

  // -- reads -----------------------------------------------------------------

  /// All current versions of `key`, latest first. Valid until the next write.
  key_table::versions versions(std::string_view key) const {
    return versions(hash_of(key), key);
  }
  key_table::versions versions(std::uint64_t hash, std::string_view key) const {
    return entries_.find(hash, key);
  }

  /// For who goes through hashes and is at `i` of `size`: begins to load what
  /// is needed for those that come next.
  template <class F>
  void prefetch(std::size_t i, std::size_t size, F hash_of) const {
    constexpr std::size_t near = 4;
    constexpr std::size_t far = 8;
    if (i + far < size)
      entries_.prefetch_segment(hash_of(i + far));
    if (i + near < size)
      entries_.prefetch(hash_of(i + near));
  }

  /// The latest version. Valid until the next write.
  std::optional<version_view> winner(std::string_view key) const;

  /// Visits each key with its versions (latest first), in the order of hashes.
  template <class F>
  void for_each(F f) const {
    visit_from(0, [&](std::uint64_t, std::string_view key, auto versions) {
      f(key, versions);
      return true;
    });
  }

  /// Visits (hash, key, versions) for `first <= hash <= last`, ascending by
  /// hash, until `f` returns false. Keys with equal hashes are neighbours.
  template <class F>
  void visit(std::uint64_t first, std::uint64_t last, F f) const {
    entries_.visit(first, last, f);
  }

  /// The same for all `from <= hash`.
  template <class F>
  void visit_from(std::uint64_t from, F f) const {
    visit(from, ~std::uint64_t{0}, f);
  }

  std::uint64_t hash_of(std::string_view key) const {
    return hash64(key, hash_key_);
  }

  std::size_t size() const { return entries_.size(); }
  /// The number of keys with more than one version.
  std::size_t contended() const { return entries_.contended(); }
  const causal_context& seen() const { return seen_; }
  /// The key of all hashes.
  std::uint64_t hash_key() const { return hash_key_; }

  /// Equal maps have equal digests, whatever their history. O(1).
  hash128 digest() const { return tree_.digest(); }

  /// The digests of the eight parts of a range of hashes. O(1) for ranges of
  /// more keys than the grain, else in proportion to its keys.
  child_digests digests_below(tree_node x) const;

private:
  /// What one version contributes to the digest: a sum, so that the order of
  /// changes does not matter.
  hash128 share(std::uint64_t hash, dot id) const;

  /// What the children of `x` add up to, by looking at all that is in it.
  digest_parts parts_of(tree_node x) const;

  /// Adds `x` in the place of those versions of which `f` says so.
  template <class Predicate>
  bool replace(std::uint64_t hash, std::string_view key, const version_view& x,
               Predicate f);
  /// Of all keys with that hash, by `f(key, version_view)`.
  template <class Predicate>
  void remove_if(std::uint64_t hash, Predicate f);
  /// Adds what is new of one key. Returns how many of `gone` were removed.
  std::size_t take(std::uint64_t hash, const news::key& x,
                   std::span<const dot> gone,
                   std::vector<std::string>& changed);
  /// The same by `is_gone(dot)`.
  template <class Predicate>
  void drop_if(std::uint64_t hash, Predicate is_gone,
               std::vector<std::string>& changed);

  std::uint64_t hash_key_;
  key_table entries_;
  causal_context seen_;
  std::uint64_t forgettings_ = 0;
  digest_tree tree_;
};

} // namespace horde::crdt
