// SPDX-License-Identifier: MIT
//
// What two replicas say to each other, as bytes. One message is one byte
// string; the first byte tells which. See docs/protocol.md.
//
//   push    news from the sender's log; `previous` lets the receiver see a gap
//   ack     the push up to `upto` arrived; how far the log is applied
//   compare "are we equal?" with digests; starts a reconciliation
//   equal   yes
//   differs no: the sender's context, and digests of the first parts
//   probe   for parts that may differ: digests of what is in them, or, where
//           there is little, all of it as (key hash, dots)
//   report  the answers: which digests differ, with those one level deeper, and
//           what the asker lacks or should drop
//
// compare and probe are asked by the replica that wants to catch up; the asked
// one keeps no state that matters. Reconciliation is directional: each side
// catches up by itself.

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
#include "horde/sync/probe.hpp"

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

struct differs {
  std::uint64_t round = 0;
  std::uint64_t sequence = 0; ///< of the sender's log
  crdt::causal_context seen;
  /// Of the children of the root; absent if only the contexts differ.
  std::optional<short_digests> children;

  friend bool operator==(const differs&, const differs&) = default;
};

/// The order is the kind on the wire: append only.
using message = std::variant<push, ack, compare, equal, differs, probe, report>;

std::string encode_message(const message& x);

/// Nothing for bytes that are not exactly one message of a known version.
std::optional<message> decode_message(std::string_view bytes);

/// Makes the bytes of a `push` without making a `push` first.
class push_writer {
public:
  explicit push_writer(std::uint64_t previous);

  /// `versions`: versions or views of them.
  template <class Versions>
  void add(std::string_view key, const Versions& versions,
           std::span<const crdt::dot> gone) {
    writer out{bytes_};
    out.byte(another);
    out.bytes(key);
    deltas_.versions(out, versions);
    deltas_.dots(out, gone);
  }

  std::size_t size() const { return bytes_.size(); }

  /// Takes back what was added since the size was `size`. Nothing can be added
  /// after that.
  void truncate(std::size_t size) { bytes_.resize(size); }

  std::string finish(std::uint64_t upto);

  /// Before each entry, as their number is not known when it starts; zero is
  /// after the last one.
  static constexpr std::uint8_t another = 1;

private:
  std::string bytes_;
  delta_writer deltas_;
};

} // namespace horde::sync
