// SPDX-License-Identifier: MIT
//
// One replica of the shared map and everything it does to become equal to the
// others: pushed deltas with acknowledgements in the steady state, passed on
// where the mesh has holes, and reconciliation after a gap (docs/protocol.md).
// A pure machine: no clock, no I/O. Local writes and peer messages go in;
// `finish` ends a step and says what must be sent and which keys changed.
//
// Duplicates, reordering and loss are normal input: joins are idempotent, a
// gap in the sequence starts a reconciliation, and a lost answer is asked
// again. Peer input is checked and never asserted.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "horde/crdt/aw_lww_map.hpp"
#include "horde/random.hpp"
#include "horde/sync/config.hpp"
#include "horde/sync/exchange.hpp"
#include "horde/sync/intake.hpp"
#include "horde/sync/mesh.hpp"
#include "horde/sync/message.hpp"
#include "horde/sync/persistence.hpp"
#include "horde/sync/push_log.hpp"
#include "horde/sync/retry.hpp"
#include "horde/sync/statistics.hpp"
#include "horde/sync/step.hpp"
#include "horde/time.hpp"

namespace horde::sync {

class replica {
public:
  /// `seed` feeds the jitter of timers, and ids made later.
  replica(replica_id self, config cfg, std::uint64_t seed);

  /// May change; see `step::renewed`.
  replica_id id() const { return self_; }

  // -- local writes ----------------------------------------------------------

  /// The stamp that a write at `now` gets.
  crdt::stamp stamp_at(moment now) { return clock_.tick(now.wall); }

  /// Adds a version and removes the other present versions of `key` except
  /// those with a dot in `keep`. Returns the log sequence of the write, which
  /// `acknowledged_by` refers to.
  std::uint64_t put(std::string_view key, std::string_view value,
                    crdt::stamp when, std::span<const crdt::dot> keep = {});

  /// Removes the versions of `key` with a dot in `dots`; no-op if there is
  /// none.
  std::uint64_t erase(std::string_view key, std::span<const crdt::dot> dots);

  /// Removes all present versions of `key`.
  std::uint64_t erase(std::string_view key);

  /// Removes everything. What others wrote at the same time stays.
  std::uint64_t clear();

  /// Takes what a former self, whose id was another, left in a store, and keeps
  /// each step there from now on, before it is told to others. Requires: no
  /// neighbours. `where` must outlive this. Nothing is taken or kept if it
  /// fails; `read_former_self` says why it may. May change the id.
  std::optional<failure> keep_in(storage& where, moment now);

  /// What the store did not take yet is offered to it once more: for the end.
  void keep_owed(moment now);

  /// Whether the newest step was kept, or else why not.
  store_status store() const {
    return store_ ? store_->status() : store_status{};
  }

  // -- conflicts -------------------------------------------------------------

  /// Gets a key and its concurrent versions, latest first; makes the value that
  /// replaces them all.
  using resolver = std::function<std::string(std::string_view,
                                             std::span<const crdt::version>)>;

  /// From now on conflicts are resolved by `f`, at one replica only: of those
  /// that wrote a version and are reached, the one with the largest id. Its
  /// verdict is a write; until that arrives the policy decides what is shown.
  void resolve_with(resolver f) { resolver_ = std::move(f); }

  // -- departed replicas -----------------------------------------------------

  /// Forgets what `who` wrote and is not here: none of it will come in again,
  /// and to know that takes no memory (`crdt::causal_context::forget`). Others
  /// learn it from us. Only for who departed, long enough ago that all have
  /// what it wrote. Should it return, it must begin anew. Returns false for
  /// ourselves and for absurd ids.
  bool forget(replica_id who, moment now);

  // -- the outside -----------------------------------------------------------

  /// Finds out whether news may flow between us (`standing.hpp`); then starts
  /// to push to `who` and catches up from it. No-op if it is one already.
  void neighbour_up(replica_id who, moment now);

  /// Forgets the link state of `who`; its entries stay. Catches up from the
  /// others like `neighbour_suspect`.
  void neighbour_down(replica_id who, moment now);

  /// `who` may be dead: catches up from the others, since it may have told its
  /// last words to some of them only.
  void neighbour_suspect(replica_id who, moment now);

  void receive(replica_id from, std::string_view bytes, moment now);

  /// Retransmissions, stuck reconciliations, insurance. If nothing happens here
  /// for half of `config::young_for` after `wake_at`, we slept.
  void tick(moment now);

  /// Ends a step: offers gathered writes to idle neighbours and hands out all
  /// effects since the last call.
  step finish(moment now);

  /// When `tick` wants to be called next. Earlier or later is harmless.
  instant wake_at() const;

  // -- reads -----------------------------------------------------------------

  crdt::key_table::versions versions(std::string_view key) const {
    return map_.versions(key);
  }
  /// By the policy for conflicts. Valid until the next write.
  std::optional<crdt::version_view> winner(std::string_view key) const;
  const crdt::aw_lww_map& map() const { return map_; }

  /// Sequence of the newest local log record.
  std::uint64_t sequence() const { return log_.newest(); }

  /// How many neighbours have applied our log up to `sequence`.
  std::size_t acknowledged_by(std::uint64_t sequence) const;

  std::vector<replica_id> neighbours() const;

  /// False from when we began anew until we have what some neighbour has.
  bool has_caught_up() const { return has_caught_up_; }

  /// We have neighbours, and what each of them had when we met.
  bool has_heard_all() const;

  /// True if a neighbour of ours says that it can talk to `who`.
  bool is_reached_by_others(replica_id who) const {
    return mesh_.is_reached_by_others(who);
  }

  /// True if no neighbour owes us an acknowledgement or an answer.
  bool idle() const;

  statistics stats() const;

private:
  /// Everything about one neighbour. Forgotten when it goes down.
  struct link {
    bool is_met = false;          ///< news may flow
    std::optional<retry> meeting; ///< while that is not known
    std::uint64_t stance = 0;     ///< number of those of this meeting
    sync::side told;              ///< ours, by the first stance of this meeting
    instant young_until = never;  ///< known since we have met
    std::optional<sync::side> side; ///< its, until we have what it has
    /// Ascending: it has forgotten them, and so do we as soon as we have all
    /// that it has.
    std::vector<replica_id> given_up;
    // What we push: nothing up to `position` is left to send.
    std::uint64_t position = 0;
    std::uint64_t acked = 0; ///< it has applied our log up to here
    relay_queue relayed;     ///< others' news for it
    std::optional<group> flight;
    std::optional<retry> flight_timer; ///< set with `flight`
    instant push_at = {};              ///< the next one, if it is small
    std::optional<notice> said;        ///< until it is noted
    std::optional<retry> said_timer;   ///< set with `said`
    std::uint64_t newest = 0;          ///< version of our newest notice
    bool is_kept = false;              ///< it has kept that one
    bool is_told = false;              ///< of our newest reach
    bool is_missed = false;            ///< by it, since `newest`
    std::uint64_t noticed = 0;         ///< version of its newest notice
    // What we hear.
    intake heard;
    std::optional<exchange> round;
    unsigned patience = 4;      ///< with a newcomer; none: a round has ended
    bool again = false;         ///< one more round is due after this one
    instant compare_at = never; ///< insurance
    std::uint64_t had = 0;      ///< how far it was when that was set
    bool is_insurance = false;  ///< that is what the round is for
    unsigned put_off = 0;       ///< so often it was, since the last one
    instant check_at = never;   ///< then its log must have been pushed to us
    std::uint64_t checked = 0;  ///< how far it was when that was set
  };

  /// Why we began anew.
  struct defeat {
    replica_id by{};
    std::vector<replica_id> alive; ///< with it, and we had forgotten them
    instant heard = {};            ///< of it last, until we have what it has
  };

  /// On which two have met.
  struct terms {
    std::vector<replica_id> given_up; ///< see `link`
    duration young_for;               ///< how much longer it is young
    sync::side side;                  ///< that it is of
  };

  std::uint64_t note_write(std::uint64_t hash, std::string_view key);
  /// True if there is a conflict, and we are to resolve it.
  bool must_resolve(crdt::key_table::versions versions) const;
  void resolve(moment now);
  /// `round`: the one that brought the news, if one did. `to`: whom to pass on
  /// what is new.
  void apply(const crdt::news& all, const exchange* round,
             std::span<const replica_id> to, moment now);
  /// `others`: the rounds that run, but for the one that brought it.
  void apply(const crdt::news::item& x, std::span<exchange* const> others);
  /// Before these go; those of ours count.
  void note_lost(const crdt::news::item& x);
  void note_lost(std::string_view key, const crdt::version_view& x);
  void apply_clear(const crdt::causal_context& seen,
                   std::span<const replica_id> to, moment now);
  /// The same without what a neighbour that we are catching up from dropped
  /// before we heard of it: in `scratch_`.
  crdt::news::item without_late(const exchange& round,
                                const crdt::news::item& x);
  bool is_absurd(const message& x) const;
  void refuse() { ++stats_.refused_messages; }

  // One overload a message.
  void on(replica_id from, push&& x, moment now);
  void on(replica_id from, ack&& x, moment now);
  void on(replica_id from, compare&& x, moment now);
  void on(replica_id from, equal&& x, moment now);
  void on(replica_id from, differs&& x, moment now);
  void on(replica_id from, probe&& x, moment now);
  void on(replica_id from, report&& x, moment now);
  void on(replica_id from, notice&& x, moment now);
  void on(replica_id from, noted&& x, moment now);
  void on(replica_id from, hail&& x, moment now);
  void on(replica_id from, stance&& x, moment now);
  void on(replica_id from, judgement&& x, moment now);

  // Before news flow (replica_meeting.cpp).
  void begin_meeting(replica_id who, link& x, moment now);
  void say_where_we_stand(replica_id to, std::uint64_t number, instant now);
  void met(replica_id who, link& x, terms t, moment now);
  void meet_the_forgotten(moment now);
  /// Who was not woken for long meets all its neighbours anew.
  void notice_sleep(moment now);
  duration young_for(instant now) const;
  /// We have met and it is not young.
  static bool is_grown(const link& x, instant now);
  standing where_we_stand(replica_id to, instant now);
  /// Before one of us goes, and before we say it.
  void note_side(instant now);
  /// Who is young and has what `from` has is of its side.
  void take_side(link& from, instant now);
  /// True if to believe `seen`, which `from` sent, would be to forget ourselves
  /// or a neighbour that is not young and was not given up.
  bool forgets_the_living(const crdt::causal_context& seen, replica_id from,
                          instant now) const;
  void begin_anew(era horizon, defeat x, moment now);
  /// What was judged once is not judged otherwise when it is said again.
  void note_beaten(replica_id who, std::uint64_t stance);
  const link* winner_link() const; ///< null: it is no neighbour
  /// True if it is not long ago that we yielded for others whom we had
  /// forgotten. Then its cause is ours.
  bool stands_for_winner(instant now) const;
  /// First we get what it has: else we would take from others what it does not
  /// stand.
  bool waits_for_winner(replica_id with, instant now) const;
  /// If that is over.
  void meet_the_others(instant now);
  /// Then we speak to others, whom it does not reach, for those that we yielded
  /// for.
  std::vector<replica_id> spoken_for(replica_id to, instant now) const;
  void take_new_id(era horizon, moment now);

  /// The log has all that we ever wrote, and that is little: who meets us is
  /// told of it.
  bool has_short_log() const;
  bool gathers(const link& x) const;
  void offer(replica_id to, link& x, moment now);
  void trim_log();

  void catch_up(replica_id from, link& x, moment now);
  /// Also if a round runs: then it starts when that ends.
  void catch_up_anew(replica_id from, link& x, moment now);
  /// Goes on with the round of `x` after an answer that brought `news`.
  void go_on(replica_id from, link& x, const std::optional<crdt::news>& news,
             moment now);
  void end_round(replica_id from, link& x, moment now);
  /// It had written all that it had seen. Later others may have told it
  /// something.
  static bool is_newcomer(replica_id from, const link& x,
                          const differs& answer);
  void insure(link& x, instant now);
  /// Its log is being pushed to us, and we are far behind: a round would find
  /// what is on its way.
  bool can_wait(const link& x, const differs& answer) const;
  /// More of it must have come soon, if we are behind.
  void expect_log(link& x, instant now);
  /// True if more has not come.
  bool is_overdue(link& x, instant now);
  void ask_again(replica_id from, link& x, moment now);
  void tick_link(replica_id who, link& x, moment now);

  // What the mesh asks for (replica_mesh.cpp).
  static constexpr unsigned repetitions_to_be_stuck = 2;
  /// True if it did not acknowledge a group for long.
  static bool is_stuck(const link& x);
  void relay(const crdt::news::item& x, std::span<const replica_id> to,
             moment now);
  /// True if it has a version that we do not take in, as we have forgotten who
  /// made it.
  bool is_half_forgotten(const crdt::news::item& x) const;
  /// It is not passed on any more.
  void take_back(const crdt::news& forgotten, moment now);
  /// The same of what was dropped as those have forgotten its writer that have
  /// seen that.
  void take_back(const crdt::causal_context& seen, moment now);
  /// `to` is asked to catch up from us.
  void invite(replica_id to, moment now);
  std::vector<replica_id> reached() const;
  void update_mesh(moment now);
  void announce_reach(moment now);
  void say(replica_id to, link& x, bool invites, moment now);

  void post(replica_id to, std::shared_ptr<const std::string> bytes);
  void post(replica_id to, const std::vector<exchange::bytes_ptr>& all);
  void post(replica_id to, const message& x);
  link* find(replica_id who);

  replica_id self_;
  instant born_ = never; ///< our id: in the first step
  config cfg_;
  random_engine rng_;
  crdt::aw_lww_map map_;
  crdt::hybrid_clock clock_;
  push_log log_;
  std::optional<persistence> store_;
  std::map<replica_id, link> links_;
  bool has_caught_up_ = true;
  instant caught_up_at_ = {}; ///< first, since we began anew
  side side_;                 ///< see `standing`
  defeat defeat_;             ///< the last one
  static constexpr std::size_t most_beaten = 256;
  std::map<replica_id, std::uint64_t> beaten_; ///< by the number of its stance
  instant side_until_ = {};                    ///< no less before
  instant side_at_most_until_ = {};            ///< if we meet somebody with it
  instant due_ = never; ///< `wake_at` as of the last step
  resolver resolver_;
  std::vector<std::string> to_resolve_; ///< keys, beside the changed ones
  mesh mesh_;
  std::vector<replica_id> announced_; ///< whom we said that we reach
  instant announce_at_ = never;       ///< set if that has changed
  // These go on when we begin anew: so no late answer fits to what is asked
  // then.
  std::uint64_t notices_ = 0; ///< version of the newest one
  std::uint64_t stances_ = 0; ///< number of the newest one
  std::uint64_t groups_ = 0;  ///< number of the newest group for one
  std::uint64_t rounds_ = 0;  ///< of the newest reconciliation
  statistics stats_;          ///< without what can be counted when asked for
  step pending_;
  std::vector<crdt::dot> spoken_; ///< scratch: the dots of one write
  crdt::news scratch_;
};

} // namespace horde::sync
