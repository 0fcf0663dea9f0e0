// SPDX-License-Identifier: MIT
//
// The asking side of one reconciliation with one neighbour: compare, then for
// each part of its listing fetch what we lack and learn what it dropped. One
// request is out at a time. Answers are taken once, and only the answer to the
// request that is out.
//
// Nothing is claimed before the end: only when every part was heard and every
// fetched hash was applied may the neighbour's context of the first part be
// adopted. So an exchange can be thrown away at any time.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "horde/crdt/aw_lww_map.hpp"
#include "horde/sync/config.hpp"
#include "horde/sync/message.hpp"
#include "horde/sync/retry.hpp"

namespace horde::sync {

class exchange {
public:
  /// Starts with the request `compare`.
  exchange(std::uint64_t round, std::uint64_t own_sequence,
           const crdt::aw_lww_map& map, retry timer);

  // -- answers: what to join into the map; nothing if the message is not an
  //    answer to the request that is out --------------------------------------

  using news = std::optional<std::vector<crdt::key_delta>>;

  news receive(const equal& x);
  news receive(listing&& x, const crdt::aw_lww_map& map);
  news receive(state&& x, const crdt::aw_lww_map& map);

  /// After an answer was joined: makes the next request, or ends.
  void advance(const crdt::aw_lww_map& map, const config& limits, retry timer);

  /// True if the neighbour dropped `x`, a dot under `hash` that we have not
  /// seen but may still hear of from others. What replaced it is here already.
  bool knows_dropped(std::uint64_t hash, crdt::dot x) const;

  // -- the request that is out -----------------------------------------------

  const std::shared_ptr<const std::string>& request() const { return request_; }
  retry& timer() { return timer_; }
  const retry& timer() const { return timer_; }

  // -- at the end ------------------------------------------------------------

  bool is_done() const { return awaited_ == answer_kind::none; }

  /// The neighbour's context when the exchange began. Empty if both are equal.
  const crdt::causal_context& snapshot() const { return snapshot_; }

  /// The end of the neighbour's log at that time.
  std::uint64_t sequence() const { return sequence_; }

  bool found_difference() const { return found_difference_; }

private:
  enum class answer_kind { first_part, part, state, none };

  void ask(const message& x, answer_kind awaited);
  /// Turns the state of a hash into news about keys.
  void settle(hash_state&& x, const crdt::aw_lww_map& map,
              std::vector<crdt::key_delta>& out) const;
  /// The dots we hold that the neighbour dropped, by key, but for hashes of
  /// which we lack something: these are settled as a whole by `state`.
  std::vector<crdt::key_delta> dropped(const listing& x,
                                       const crdt::aw_lww_map& map) const;
  want next_want(const crdt::aw_lww_map& map, std::size_t most) const;

  std::uint64_t round_;
  answer_kind awaited_ = answer_kind::first_part;
  crdt::causal_context snapshot_;
  std::uint64_t sequence_ = 0;
  std::uint64_t from_ = 0; ///< where the awaited part starts
  bool heard_all_ = false; ///< no part is missing
  bool found_difference_ = false;
  std::vector<listed_hash> lacking_; ///< hashes to fetch, ascending
  std::shared_ptr<const std::string> request_;
  retry timer_;
};

} // namespace horde::sync
