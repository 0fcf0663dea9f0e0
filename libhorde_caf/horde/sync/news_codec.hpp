// SPDX-License-Identifier: MIT
//
// The tight form of dots, versions and news inside one message: a replica id is
// written once and then named by its place in the list of ids so far, stamps
// are written as the difference to the stamp before, and a hash is written only
// where no key is there to compute it from.

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "horde/codec.hpp"
#include "horde/crdt/news.hpp"
#include "horde/hash.hpp"

namespace horde::sync {

/// What stands before each part of a list of news.
enum class news_mark : std::uint8_t {
  end,     ///< of the list
  one_key, ///< an item about one key: the usual case
  no_key,  ///< an item that only tells what is gone
  keys,    ///< an item about several keys with one hash
  cleared, ///< not an item: the context of a `clear`
  relayed, ///< not an item: the next one was not written by the sender
};

/// So many ids of a message are remembered: enough for any cluster, and finding
/// one stays cheap whatever a peer makes us hold.
inline constexpr std::size_t most_named_ids = 256;

class news_writer {
public:
  void mark(writer& out, news_mark x) {
    out.byte(static_cast<std::uint8_t>(x));
  }
  /// With its mark.
  void item(writer& out, const crdt::news::item& x);
  void dots(writer& out, std::span<const crdt::dot> xs);

  /// What was written so far, to take back what comes after it.
  struct state {
    std::size_t ids = 0;
    std::size_t recent = 0;
    std::uint64_t stamp = 0;
  };
  state save() const { return {ids_.size(), recent_, stamp_}; }
  void restore(const state& x) {
    ids_.resize(x.ids);
    recent_ = x.recent;
    stamp_ = x.stamp;
  }

private:
  void key(writer& out, const crdt::news::key& x);
  void write(writer& out, crdt::dot x);
  void write(writer& out, const crdt::version_view& x);

  std::vector<replica_id> ids_;
  std::size_t recent_ = 0; ///< place of the id written last
  std::uint64_t stamp_ = 0;
};

/// Undoes what one `news_writer` did, in the same order.
class news_reader {
public:
  /// `hash_key`: of the hashes of keys.
  explicit news_reader(std::uint64_t hash_key) : hash_key_(hash_key) {}

  news_mark mark(reader& in);
  /// An item with that mark, appended to `xs`.
  void item(reader& in, news_mark mark, crdt::news& xs);
  void dots(reader& in, std::vector<crdt::dot>& xs);

private:
  void versions(reader& in, crdt::news& xs);
  crdt::dot read(reader& in);

  std::uint64_t hash_key_;
  std::vector<replica_id> ids_;
  std::uint64_t stamp_ = 0;
};

} // namespace horde::sync
