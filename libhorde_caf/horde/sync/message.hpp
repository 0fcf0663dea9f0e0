// SPDX-License-Identifier: MIT
//
// What two replicas say to each other, as bytes. One message is one byte
// string; the first byte tells which. See docs/protocol.md.
//
//   push    news from the sender's log; `previous` lets the receiver see a gap
//   ack     the push up to `upto` arrived; how far the log is applied
//   compare "are we equal?" with digests; starts a reconciliation
//   equal   yes
//   differs no: the sender's context, and which of the digests differ
//   probe   for parts that may differ: digests of what is in them, or, where
//           there is little, all of it as (key hash, dots)
//   report  the answers: which digests differ, with those one level deeper, and
//           what the asker lacks or should drop
//   notice  whom the sender reaches; "ask me, I may know more than you"
//   noted   the notice arrived
//
// and before all that, when two become neighbours:
//
//   hail      tell me where you stand
//   stance    here
//   judgement whether one of us must begin anew, or our news may flow
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
#include "horde/crdt/news.hpp"
#include "horde/hash.hpp"
#include "horde/sync/news_codec.hpp"
#include "horde/sync/probe.hpp"
#include "horde/sync/standing.hpp"

namespace horde::sync {

/// The first byte of every message, so that version N can speak N-1.
inline constexpr std::uint8_t protocol_version = 1;

struct push {
  std::uint64_t previous = 0; ///< log sequence just before this group
  std::uint64_t number = 0;   ///< of a group for one neighbour only; else 0
  /// The sender has removed everything it had seen by then.
  std::optional<crdt::causal_context> cleared;
  crdt::news own;         ///< what the sender wrote
  crdt::news relayed;     ///< what it passes on
  std::uint64_t upto = 0; ///< last log sequence in this group

  friend bool operator==(const push&, const push&) = default;
};

struct ack {
  std::uint64_t upto = 0;   ///< of the push that arrived; 0: none did
  std::uint64_t number = 0; ///< of it
  std::uint64_t have = 0;   ///< all of the log up to here is applied, no gaps

  friend bool operator==(const ack&, const ack&) = default;
};

struct compare {
  std::uint64_t round = 0;
  std::uint64_t sequence = 0; ///< of the sender's log: shows a gap
  hash128 context;
  short_digests children{}; ///< of the root

  friend bool operator==(const compare&, const compare&) = default;
};

struct equal {
  std::uint64_t round = 0;
  std::uint64_t sequence = 0; ///< of the sender's log

  friend bool operator==(const equal&, const equal&) = default;
};

struct differs {
  std::uint64_t round = 0;
  std::uint64_t sequence = 0;    ///< of the sender's log
  std::uint64_t forgettings = 0; ///< `crdt::aw_lww_map::forgettings`
  crdt::causal_context seen;
  digest_answer root; ///< empty if only the contexts differ

  friend bool operator==(const differs&, const differs&) = default;
};

/// Sent when that changes, and again until `noted` comes.
struct notice {
  std::uint64_t version = 0;       ///< of this notice to this neighbour
  std::vector<replica_id> reached; ///< by the sender; ascending
  bool invites = false; ///< the receiver should catch up from the sender
  bool asks = false;    ///< the sender knows no notice of the receiver

  friend bool operator==(const notice&, const notice&) = default;
};

struct noted {
  std::uint64_t version = 0;
  bool is_kept = false; ///< not so if its sender takes us for a stranger

  friend bool operator==(const noted&, const noted&) = default;
};

/// From the one with the larger id, which judges.
struct hail {
  friend bool operator==(const hail&, const hail&) = default;
};

struct stance {
  std::uint64_t number = 0; ///< of this stance
  standing where;           ///< of the sender
  duration young_for{};     ///< how much longer it is

  friend bool operator==(const stance&, const stance&) = default;
};

struct judgement {
  std::uint64_t number = 0; ///< of the stance that it answers
  era horizon = 0;          ///< of the sender
  duration young_for{};     ///< how much longer it is
  horde::sync::side side;   ///< of the sender
  bool yields = false;      ///< the receiver must begin anew
  /// Ascending. Whom the receiver gives up, or has forgotten if it yields.
  std::vector<replica_id> whom;

  friend bool operator==(const judgement&, const judgement&) = default;
};

/// The order is the kind on the wire: append only.
using message = std::variant<push, ack, compare, equal, differs, probe, report,
                             notice, noted, hail, stance, judgement>;

std::string encode_message(const message& x);

/// Nothing for bytes that are not exactly one message of a known version.
/// `hash_key`: of the hashes of keys. Keys and values in the result are views
/// into `bytes`.
std::optional<message> decode_message(std::string_view bytes,
                                      std::uint64_t hash_key = 0);

/// Makes the bytes of a `push` without making a `push` first.
class push_writer {
public:
  explicit push_writer(std::uint64_t previous, std::uint64_t number = 0);

  void clear(const crdt::causal_context& seen);
  void add(const crdt::news::item& x);
  void relay(const crdt::news::item& x);

  struct place {
    std::size_t size = 0; ///< in bytes
    news_writer::state items;
  };
  place end() const { return {bytes_.size(), items_.save()}; }

  /// Takes back what was added since the end was there.
  void truncate(const place& x) {
    bytes_.resize(x.size);
    items_.restore(x.items);
  }

  std::string finish(std::uint64_t upto);

private:
  std::string bytes_;
  news_writer items_;
};

} // namespace horde::sync
