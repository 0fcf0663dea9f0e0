// SPDX-License-Identifier: MIT
//
// What must be true of replicas, checked by one that knows everything: which
// writes were made, what each of them removed, and what each replica can have
// heard of. It only reads: the steps are made by `replica_sim`, which tells it
// of each.
//
// At each step: a replica's map is what its diffs say, each change told once;
// an acknowledged write was applied. Now and then (`look`): the rule of
// docs/protocol.md; what replaced a version arrived with its removal; what is
// gone stays gone; nobody knows of a write, or of a removal, before a packet
// could have told. After healing: all replicas have the join of those that were
// alive, computed as the papers define it, and nothing beside it
// (replica_model_healed.cpp).
//
// Who was forgotten counts as seen whole, by those that forgot it and by those
// that heard of it. Who began anew is another replica from then on.
//
// Writes and replicas are numbers here, in the order in which they came.

#pragma once

#include <bitset>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "horde/sync/replica.hpp"
#include "sim/replica_keys.hpp"
#include "support/bit_set.hpp"

namespace horde::sim {

/// A replica: one incarnation of a member.
using site_no = std::size_t;

class replica_model {
public:
  /// More replicas than that cannot take part in one run.
  static constexpr std::size_t most_sites = 128;

  /// `writes`: not less than the number of writes to come.
  /// `keys` lives longer than the model.
  replica_model(const replica_keys& keys, std::size_t writes);

  // -- what happens, in this order -------------------------------------------

  /// Replicas are numbered as they come, in a new life too. `x` lives longer
  /// than the model.
  void started(const sync::replica& x);

  /// `x` wrote; `sequence` is what the write returned.
  void has_put(site_no x, std::uint64_t key, std::uint64_t sequence,
               const crdt::version& made,
               const std::vector<crdt::dot>& removed);
  void has_erased(site_no x, std::uint64_t key, std::uint64_t sequence,
                  const std::vector<crdt::dot>& removed);
  /// `removed`: everything there was.
  void has_cleared(site_no x, std::uint64_t sequence,
                   const std::vector<crdt::dot>& removed);

  /// What a packet of `x` that leaves now can tell.
  std::size_t letter_of(site_no x);
  void has_received(site_no x, std::size_t letter);

  /// `x` ended a step in which it made so many writes.
  void has_stepped(site_no x, const sync::step& told, std::size_t writes);

  void has_died(site_no x);

  /// `x` forgot the replica `who`.
  void has_forgotten(site_no x, replica_id who);

  /// `x` began anew, in this step. Before that it had seen so much. What runs
  /// now is started next.
  void has_begun_anew(site_no x, const crdt::causal_context& before,
                      const sync::step& told);

  void healing_begins();
  /// `is_full`: all are neighbours of all, so somebody's map lives on. Else the
  /// two sides of a conflict may meet nowhere but at some that began anew, and
  /// lose to each other.
  void healed(bool is_full);

  // -- checks ----------------------------------------------------------------

  /// The dear checks of one replica.
  void look(site_no x);

  /// What went wrong first; empty: nothing.
  const std::string& problem() const { return problem_; }
  void fail(const std::string& what);

  /// How often a neighbour said that it has a write.
  std::size_t acknowledged() const { return promises_.size(); }

  /// How many pairs of living replicas had forgotten each other when healing
  /// began.
  std::size_t strangers() const { return strangers_; }

private:
  using write_no = std::size_t;
  using site_set = std::bitset<most_sites>;

  /// A put.
  struct write {
    std::uint64_t key = 0;
    crdt::version made;
    hash128 share; ///< what it adds to the digest of a map
    bool erased = false;
    std::vector<write_no> replaced_by;
  };

  struct knowledge {
    bit_set seen;
    bit_set gone;       ///< seen and no longer there
    site_set forgotten; ///< by somebody
    era horizon = 0;
  };

  /// As it was when healing began.
  struct view {
    bit_set live;
    bit_set seen;
    bit_set gone;
    site_set forgotten;
  };

  /// A local write that waits for acknowledgements.
  struct local_write {
    std::uint64_t sequence = 0;
    std::optional<write_no> made;
    std::vector<write_no> removed;
  };

  struct site {
    const sync::replica* machine = nullptr;
    replica_id id{};
    bool alive = true;
    /// Set: it has begun anew, and had seen so much.
    std::optional<crdt::causal_context> at_the_end;
    bit_set made; ///< its puts
    // The view that its diffs make.
    std::vector<std::vector<write_no>> shown; ///< by key
    bit_set live;
    bit_set had; ///< once live
    hash128 digest;
    hash128 digest_before; ///< of the map, at the last write or step
    // What the last look found.
    bit_set seen;
    bit_set gone;
    site_set forgotten;
    std::vector<std::uint64_t> latest; ///< seen of each replica
    era horizon = 0;
    std::optional<view> when_healing_began;
    // What it can have heard of.
    knowledge heard;
    std::optional<std::size_t> letter; ///< about `heard`, if that is unchanged
    // Acknowledgements. `reached[n]`: so many of the first writes were
    // acknowledged by more than n neighbours.
    std::vector<local_write> writes;
    std::vector<std::size_t> reached;
  };

  /// A write that `told` neighbours said they have, and who had it then.
  struct promise {
    local_write what;
    std::size_t told = 0;
    site_no by = 0; ///< who made it
    site_set holders;
  };

  std::optional<write_no> number_of(crdt::dot x) const;
  /// What a local write added to the digest, beside what it removed.
  hash128 change_of_digest(site& x, const std::vector<write_no>& removed);
  void note_removal(site& x, std::uint64_t sequence,
                    const std::vector<crdt::dot>& removed);
  bool make_write(site& x, std::uint64_t key, const crdt::version& made);
  std::vector<write_no> numbers_of(const std::vector<crdt::dot>& xs);
  void check_local_write(const site& x, std::uint64_t key,
                         const std::vector<crdt::dot>& there,
                         const std::vector<crdt::dot>& removed);

  void check_changed_key(site& x, std::string_view key, bool must_differ);
  void check_lost(const bit_set& expected,
                  const std::vector<sync::lost_version>& lost);
  std::vector<write_no> read(std::uint64_t key, crdt::key_table::versions from);
  void show(site& x, std::uint64_t key, std::vector<write_no> now);
  void check_acknowledgements(site_no x);
  void check_acknowledged(site_no x, const local_write& what, std::size_t by);
  bool has_applied(const site& x, const local_write& what) const;

  void look_at_contents(const site& x);
  void look_at_context(site& x);
  void look_at_rows(site& x);
  bool is_replaced(write_no w, const bit_set& seen) const;

  // Forgetting.
  void note_horizon(site& x);
  bit_set puts_of(const site_set& xs) const;

  // The end.
  void count_strangers();
  /// All that somebody knew when healing began lives on in `x`, though it began
  /// anew: newcomers had that map when its former replica yielded.
  bool has_an_heir(const site& x) const;
  /// All that somebody had removed when healing began, or since.
  bit_set gone_by_now() const;
  void check_promise(const promise& x, const site& there);
  void check_healed(site_no x);
  void check_contents_healed(const site& x);

  std::vector<write> writes_;
  std::map<replica_id, std::vector<write_no>> dots_; ///< by counter - 1
  std::vector<site> sites_;
  std::vector<knowledge> letters_;
  std::vector<promise> promises_;
  std::size_t most_writes_;
  const replica_keys& keys_;
  std::size_t writes_before_healing_ = 0;
  std::size_t strangers_ = 0;
  std::string problem_;
};

} // namespace horde::sim
