// SPDX-License-Identifier: MIT
//
// The asking side of one reconciliation with one neighbour: from the root of
// the digest tree down to where the two differ. What is not settled yet is a
// set of nodes; each is asked about by itself, several at once, and answers are
// taken in any order, each once.
//
// Nothing is claimed before the end: only when every node is settled may the
// context that the neighbour had at the start be adopted. So an exchange can be
// thrown away at any time.

#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "horde/crdt/aw_lww_map.hpp"
#include "horde/sync/config.hpp"
#include "horde/sync/message.hpp"
#include "horde/sync/retry.hpp"

namespace horde::sync {

class exchange {
public:
  using bytes_ptr = std::shared_ptr<const std::string>;

  struct beginning {
    std::uint64_t round = 0;
    replica_id self{};
    std::uint64_t sequence = 0; ///< of the local log
  };

  /// Starts with the request `compare`.
  exchange(const beginning& x, const crdt::aw_lww_map& map, retry timer);

  // -- answers ---------------------------------------------------------------
  // What to join into the map; nothing if the message is not an answer to a
  // request that is out.

  bool awaits(const differs& x) const {
    return x.round == round_ && !has_snapshot_;
  }
  std::optional<crdt::news> receive(const equal& x);
  /// `is_known`: so far as `x` goes nothing is to be learnt from the neighbour.
  std::optional<crdt::news> receive(differs&& x, const crdt::aw_lww_map& map,
                                    bool is_known = false);
  std::optional<crdt::news> receive(report&& x, const crdt::aw_lww_map& map);

  /// True if the neighbour has forgotten somebody since the round began: what
  /// is not in its answers may have been there.
  bool is_void_by(const report& x) const {
    return x.round == round_ && has_snapshot_ && x.forgettings != forgettings_;
  }

  /// After an answer was joined: makes the next requests, or ends.
  void advance(const crdt::aw_lww_map& map, const config& limits, retry timer);

  // -- what others say meanwhile ---------------------------------------------

  /// True if the neighbour dropped `x`, a dot under `hash` that we have not
  /// seen but may still hear of from others. What replaced it is here already.
  /// Not of those that it has forgotten.
  bool knows_dropped(std::uint64_t hash, crdt::dot x) const;

  /// A version came from somebody else. Where the neighbour is being asked
  /// about what we had before, it must be asked again.
  void took_in(std::uint64_t hash, crdt::dot x);

  // -- requests --------------------------------------------------------------

  /// Those that were not sent yet.
  std::vector<bytes_ptr> take_requests();

  /// When a request is to be sent again.
  instant wake_at() const;

  /// The overdue ones, to be sent again. Nothing if one was repeated `most`
  /// times in vain: then the exchange has failed.
  std::optional<std::vector<bytes_ptr>> overdue(instant now, unsigned most);

  // -- at the end ------------------------------------------------------------

  bool is_done() const { return requests_.empty() && open_.empty(); }

  /// The neighbour's context when the exchange began. Empty if both are equal.
  const crdt::causal_context& snapshot() const { return snapshot_; }

  /// The end of the neighbour's log at that time.
  std::uint64_t sequence() const { return sequence_; }

  bool found_difference() const { return found_difference_; }

  /// What the neighbour does not have of replicas that it has forgotten. Only
  /// with its context is that gone for us, too.
  const crdt::news& forgotten() const { return forgotten_; }

private:
  /// A node that is not settled.
  struct open_node {
    crdt::tree_node where;
    bool is_asked = false;
    bool is_stale = false; ///< something came in after it was asked about
  };

  struct asked_node {
    crdt::tree_node where;
    bool is_list = false;
  };

  struct request {
    std::uint64_t part = 0; ///< 0: the compare
    bytes_ptr bytes;
    std::vector<asked_node> asked; ///< in the order of its questions
    retry timer;
    bool is_sent = false;
  };

  void open(crdt::tree_node x);
  /// The unsettled node that `hash` is in.
  const open_node* find(std::uint64_t hash) const;
  /// Fits to the questions in kind, and makes progress.
  bool is_answer(const report& x, const request& to) const;
  void take(crdt::tree_node where, const digest_answer& x,
            const crdt::aw_lww_map& map);
  void take(crdt::tree_node where, const list_answer& x);
  void forget(std::uint64_t hash, crdt::dot x);
  /// Returns true if something came in after it was asked about.
  bool close(crdt::tree_node x);
  void descend(crdt::tree_node parent, const digest_answer& theirs,
               const crdt::aw_lww_map& map);
  /// Opens those children of `parent` whose digests are not `theirs` with us.
  void descend(crdt::tree_node parent, const short_digests& theirs,
               const crdt::aw_lww_map& map);
  /// Opens nodes for all of `[from, last]`, which begins and ends with one.
  void open_rest(std::uint64_t from, std::uint64_t last);
  void ask(const crdt::aw_lww_map& map, const config& limits, retry timer);

  std::uint64_t round_;
  crdt::dot next_; ///< that we were to make when it began
  std::uint64_t last_part_ = 0;
  bool has_snapshot_ = false;
  bool is_stale_ = false; ///< something came in before the snapshot was known
  crdt::causal_context snapshot_;
  std::uint64_t forgettings_ = 0; ///< of the neighbour at that time
  std::uint64_t sequence_ = 0;
  bool found_difference_ = false;
  crdt::news forgotten_;
  std::map<std::uint64_t, open_node> open_; ///< by first hash; disjoint
  std::deque<crdt::tree_node> queue_;       ///< open and not asked about
  std::vector<request> requests_;
};

} // namespace horde::sync
