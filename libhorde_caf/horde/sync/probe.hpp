// SPDX-License-Identifier: MIT
//
// The questions and answers of a reconciliation below the root of the digest
// tree, and their form in bytes.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "horde/codec.hpp"
#include "horde/crdt/digest_tree.hpp"
#include "horde/crdt/news.hpp"

namespace horde::sync {

/// Digests as they are compared below the root: half of them, since both sides
/// compute them with a key that nobody else has.
using short_digests = std::array<std::uint64_t, crdt::tree_node::fan_out>;

/// The dots of all keys with one hash: in nearly all cases of one key.
struct listed_hash {
  std::uint64_t hash = 0;
  std::vector<crdt::dot> dots; ///< not empty

  friend bool operator==(const listed_hash&, const listed_hash&) = default;
};

/// "These are the digests of the children of a node: which differ?"
struct digest_question {
  crdt::tree_node where; ///< above the deepest level
  short_digests children{};

  friend bool operator==(const digest_question&,
                         const digest_question&) = default;
};

/// "This is all I have in a node: what is different with you?"
struct list_question {
  crdt::tree_node where;
  std::vector<listed_hash> hashes; ///< ascending, all in the node

  friend bool operator==(const list_question&, const list_question&) = default;
};

using question = std::variant<digest_question, list_question>;

struct probe {
  std::uint64_t round = 0;
  std::uint64_t part = 0; ///< number in this round
  std::vector<question> questions;

  friend bool operator==(const probe&, const probe&) = default;
};

/// For each child that differs, in order: its place, and the digests of its own
/// children.
struct digest_answer {
  struct child {
    std::uint8_t place = 0;
    short_digests children{};

    friend bool operator==(const child&, const child&) = default;
  };
  std::vector<child> different;

  friend bool operator==(const digest_answer&, const digest_answer&) = default;
};

/// For each hash of the node where something is different, an item: the
/// versions that the sender has and the asker did not list, and those dots of
/// the list that the sender has seen and no longer holds. Of those that it only
/// counts as seen since it has forgotten who made them, `report` tells apart.
struct list_answer {
  /// The last hash this speaks for; absent: the whole node.
  std::optional<std::uint64_t> upto;
  std::size_t items = 0; ///< so many of the report's news, ascending by hash

  friend bool operator==(const list_answer&, const list_answer&) = default;
};

using answer = std::variant<digest_answer, list_answer>;

/// Answers the first questions of a probe, in their order: as many as the
/// limits allow, at least one. Only the last one may stop within its node.
struct report {
  std::uint64_t round = 0;
  std::uint64_t part = 0;
  std::uint64_t forgettings = 0; ///< as in `differs`, else the round is void
  std::vector<answer> answers;
  crdt::news news; ///< those of the first list, then of the second, ...
  /// Dots of the lists that the sender does not have and whose replicas it has
  /// forgotten, perhaps since the round began: gone only for those who adopt a
  /// context that has forgotten them, too.
  crdt::news forgotten;

  friend bool operator==(const report&, const report&) = default;
};

void encode(writer& out, const short_digests& xs);
void decode(reader& in, short_digests& xs);

void encode(writer& out, const digest_answer& x);
void decode(reader& in, digest_answer& x);

void encode(writer& out, const probe& x);
void decode(reader& in, probe& x);

void encode(writer& out, const report& x);
/// `hash_key`: of the hashes of keys. The news are views into the input.
void decode(reader& in, report& x, std::uint64_t hash_key);

} // namespace horde::sync
