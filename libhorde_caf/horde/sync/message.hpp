// SPDX-License-Identifier: MIT
//
// What two replicas say to each other, as bytes. One message is one byte
// string; the first byte tells which. See docs/protocol.md.
//
//   push    news from the sender's log; `previous` lets the receiver see a gap
//   ack     the push up to `upto` arrived; how far the log is applied
//   compare "are we equal?" with digests; starts a reconciliation
//   equal   yes
//   list    ask for the next part of the listing
//   listing one range of what the sender has: (key hash, dots) of each hash;
//           the first part has the sender's context, too
//   want    ask for the state of these hashes; tells which dots interest us
//   state   the answer: for each hash what is there and what is gone
//
// compare, list and want are asked by the replica that wants to catch up; the
// asked one keeps no state that matters. Reconciliation is directional: each
// side catches up by itself.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "horde/crdt/causal_context.hpp"
#include "horde/crdt/version.hpp"
#include "horde/hash.hpp"
#include "horde/sync/delta_codec.hpp"

namespace horde::sync {

/// The first byte of every message, so that version N can speak N-1.
inline constexpr std::uint8_t protocol_version = 1;

struct push {
  std::uint64_t previous = 0; ///< log sequence just before this group
  std::vector<crdt::key_delta> news;
  std::uint64_t upto = 0; ///< last log sequence in this group

  friend bool operator==(const push&, const push&) = default;
};

struct ack {
  std::uint64_t upto = 0; ///< of the push that arrived; 0: none did
  std::uint64_t have = 0; ///< all of the log up to here is applied, no gaps

  friend bool operator==(const ack&, const ack&) = default;
};

struct compare {
  std::uint64_t round = 0;
  std::uint64_t sequence = 0; ///< of the sender's log: shows a gap
  hash128 digest;
  hash128 context;

  friend bool operator==(const compare&, const compare&) = default;
};

struct equal {
  std::uint64_t round = 0;
  std::uint64_t sequence = 0; ///< of the sender's log

  friend bool operator==(const equal&, const equal&) = default;
};

struct list {
  std::uint64_t round = 0;
  std::uint64_t from = 0; ///< smallest key hash of interest

  friend bool operator==(const list&, const list&) = default;
};

/// The dots of all keys with one hash: in nearly all cases of one key.
struct listed_hash {
  std::uint64_t hash = 0;
  std::vector<crdt::dot> dots; ///< not empty

  friend bool operator==(const listed_hash&, const listed_hash&) = default;
};

struct listing {
  std::uint64_t round = 0;
  std::uint64_t from = 0;     ///< answers the `list` with the same number
  std::uint64_t last = 0;     ///< largest hash this part speaks for; max: done
  std::uint64_t sequence = 0; ///< of the sender's log
  crdt::causal_context seen;  ///< if `from` is 0
  std::vector<listed_hash> hashes; ///< ascending

  friend bool operator==(const listing&, const listing&) = default;
};

struct want {
  std::uint64_t round = 0;
  std::vector<listed_hash> hashes; ///< ascending

  friend bool operator==(const want&, const want&) = default;
};

/// All that the sender has under one hash, and those of the wanted dots that it
/// has seen and no longer holds. The atom of reconciliation.
struct hash_state {
  std::uint64_t hash = 0;
  std::vector<crdt::key_delta> keys; ///< with versions, without gone
  std::vector<crdt::dot> gone;

  friend bool operator==(const hash_state&, const hash_state&) = default;
};

struct state {
  std::uint64_t round = 0;
  std::vector<hash_state> hashes; ///< ascending: as many as the limits allow

  friend bool operator==(const state&, const state&) = default;
};

/// The order is the kind on the wire: append only.
using message =
  std::variant<push, ack, compare, equal, list, listing, want, state>;

std::string encode_message(const message& x);

/// Nothing for bytes that are not exactly one message of a known version.
std::optional<message> decode_message(std::string_view bytes);

/// Makes the bytes of a `push` without making a `push` first.
class push_writer {
public:
  explicit push_writer(std::uint64_t previous);

  void add(std::string_view key, std::span<const crdt::version> versions,
           std::span<const crdt::dot> gone);

  std::size_t size() const { return bytes_.size(); }

  /// Takes back what was added since the size was `size`. Nothing can be added
  /// after that.
  void truncate(std::size_t size) { bytes_.resize(size); }

  std::string finish(std::uint64_t upto);

private:
  std::string bytes_;
  delta_writer deltas_;
};

} // namespace horde::sync
