// SPDX-License-Identifier: MIT
//
// The distributed supervisor as a pure machine: which child runs where. Each
// member compares what *should* run here with what *does*, again and again
// (level-triggered): after every change of the shared map, of the members or of
// a child, and on a slow timer. No event is needed for a lost child to be
// found.
//
// A child is two keys in the shared map. `wanted` (the spec) is written by a
// start, erased by a terminate and by a child that ended for good. `placed`
// (where it runs) is written only by members; a restart, move or takeover never
// touches `wanted`. `placed` without `wanted` means: stop it and erase. So a
// terminate always wins over concurrent restarts.
//
// Read `review.hpp` (the judge) first. The members of this class are spread
// over scheduler.cpp (events, the step), scheduler_asks.cpp and
// scheduler_starts.cpp (callers who start), scheduler_terminates.cpp,
// scheduler_children.cpp (what runs here), scheduler_review.cpp (verdicts and
// what is done about them), scheduler_placement.cpp, scheduler_moves.cpp,
// scheduler_lease.cpp, scheduler_unasked.cpp (children that must exist),
// scheduler_copies.cpp (one on each member) and scheduler_reads.cpp.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "horde/scheduling/calls.hpp"
#include "horde/scheduling/child_info.hpp"
#include "horde/scheduling/effects.hpp"
#include "horde/scheduling/location.hpp"
#include "horde/scheduling/operations.hpp"
#include "horde/scheduling/planned_move.hpp"
#include "horde/scheduling/scheduler_state.hpp"

namespace horde::scheduling {

class scheduler : scheduler_state {
public:
  scheduler(config cfg, replica_id self, std::uint64_t seed);
  scheduler(const scheduler&) = delete;
  scheduler& operator=(const scheduler&) = delete;

  // -- events ----------------------------------------------------------------

  /// Takes what a former self left in `config::store`, and keeps each step
  /// there. Call before `start`, if there is one; after a failure not at all.
  std::optional<failure> restore(moment now);

  effects start(moment now); ///< call once, first

  /// `caller` is answered once, at the latest after `start_deadline`, or after
  /// the spec's start_timeout and `replicate_at_most` if that is longer. With
  /// `timeout` also if the child runs and nobody else confirmed its record.
  effects start_child(token caller, supervision::child_spec spec, moment now,
                      start_ack ack = start_ack::standard);

  /// Many at once, as one step.
  effects start_children(std::vector<asked_start> calls, moment now);

  /// The same with an id; where a child of it runs, the answer is `started`
  /// with that one, whatever its spec, once it runs if it is being restarted.
  /// All members that see the same ones alive choose the same for it.
  effects find_or_start(token caller, supervision::child_spec spec, moment now);

  /// By id, on any member. Answered when the child has ended and its records
  /// are gone, or at once when its member cannot be reached (it stops on
  /// return).
  effects terminate_child(token caller, const std::string& id, moment now);
  effects terminate_child(token caller, const horde::pid& who, moment now);

  /// Starts a passive child, where the strategy says. `caller` is answered
  /// once, as by `start_child`, also if it runs already; `not_found`.
  effects activate_child(token caller, const std::string& id, moment now);

  /// `actor` is CAF's id of the started child on this node.
  /// `refused`: why it did not take the state that came with its start.
  effects child_started(token start, std::uint64_t actor, std::string info,
                        moment now, const std::string& refused = {});

  /// Many at once, as one step.
  effects children_started(std::vector<started_child> children, moment now);

  /// `errc::ignored`: the factory does not want it to run.
  effects child_not_started(token start, const failure& why, moment now);

  /// A started child ended, asked or not. `why`: for people.
  effects child_exited(token start, supervision::exit_kind how, moment now,
                       std::string why = {});

  /// What a child gave that was asked by `export_state`, or why it did not.
  effects state_exported(token start, outcome<std::string> state, moment now);

  effects receive(replica_id from, std::string_view bytes, moment now);
  effects peer_up(const member_id& who, const node_id& node, replica_id replica,
                  moment now);
  effects peer_down(replica_id replica, bool stopped, moment now);
  effects node_changed(const node_id& who, node_state state, moment now);

  /// Refused in fixed mode, and with a strategy that needs quorum where the
  /// present members have none; then nothing changed. `force`: also there, for
  /// a horde whose majority is lost for good.
  effects set_members(const members& list, bool force, moment now,
                      std::optional<failure>& problem);

  /// Stops taking children and hands ours over, each as soon as it ended. Then
  /// withdraws from the map; ends with `drained`.
  effects drain(moment now);

  /// The end: what `config::store` did not take yet is offered to it once more.
  void stop(moment now) { replica_.keep_owed(now); }

  /// A child in quarantine is started at once, and what it did is forgotten. On
  /// any member; the child's hears of it by the map. Fails with `not_found` or
  /// `not_quarantined`.
  effects release_child(const std::string& id, moment now,
                        std::optional<failure>& problem);

  /// Whether `child_event`s are told. Who asks for them must know `children()`
  /// of this moment.
  void tell_events(bool on) { table_.log().keep(on); }

  effects tick(moment now);
  instant wake_at() const;

  /// Where a child of this spec would be started now, and why. With an id and
  /// no type: where that child would go if it had to move. Fails with
  /// `not_found`, or as `start_child` does with a bad spec.
  outcome<placement::plan> plan(supervision::child_spec spec);

  /// What would move if the members of `nodes` were gone and those of `more`
  /// were there, who may have weight and labels; with all that a rebalance
  /// would move then, if it is asked for.
  std::vector<planned_move> plan_without(const std::vector<std::string>& nodes,
                                         const std::vector<member_info>& more,
                                         bool rebalances) const;

  /// What a rebalance would move now.
  std::vector<planned_move> plan_rebalance() const;

  /// Tells all owners to move what the plan says, which it returns. Children
  /// end first; those that are temporary or not movable stay.
  effects rebalance(std::vector<planned_move>& plan, moment now);

  // -- queries: from the replicated state ------------------------------------

  std::vector<child_info> children() const;
  /// The next ones in the order of ids, at most so many.
  std::vector<child_info> children_after(const std::string& id,
                                         std::size_t limit) const;
  child_counts counts() const;
  const child_event_counts& events() const { return table_.log().counts(); }
  std::optional<child_info> find(const std::string& id) const;
  /// Null: it does not run now. Nothing: it is none, or one on each member.
  std::optional<horde::pid> pid_of(const std::string& id) const;
  std::size_t local_children() const; ///< running or starting here

  /// Children that must exist and are not wanted yet, each as `id: why`; the
  /// first hundred.
  std::vector<std::string> missing() const;

  /// We are a member, and those that are there have quorum, as the strategy
  /// counts it.
  bool has_quorum() const {
    return roster_.is_member() && strategy_->has_quorum(roster_.members());
  }

  /// What the start gate waits for; empty if it is open.
  std::string gate_waits_for() const { return gate_.waits_for(); }

  const membership::roster& roster() const { return roster_; }
  const sync::replica& replica() const { return replica_; }

  /// Operations that were malformed, oversized or from strangers.
  std::uint64_t refused_messages() const { return refused_messages_; }

private:
  // -- the step --------------------------------------------------------------

  effects finish(moment now);
  bool is_gone(const placed_record& x) const {
    return locate(x) == location::gone;
  }
  void read_changes(moment now);
  /// Adds the child that it is about.
  void read_change(const std::string& key, std::vector<std::string>& children,
                   moment now);
  void reread(const std::string& id);
  void reread_and_note_end(const std::string& id, bool is_renewed);
  void members_changed();
  void take_slice(std::size_t& budget);
  void review_dirty(moment now);
  void begin_anew(replica_id id, moment now);
  void say_again(moment now);
  /// We began anew and do not know yet what is wanted.
  bool is_catching_up(moment now);
  bool withdraw_when_done(moment now);
  failure no_quorum_to_set_members() const;
  void give_up_absent(moment now);
  void answer_replicated(moment now);
  failure unconfirmed(const std::string& what) const;
  void emit(effect x) { out_.push_back(std::move(x)); }
  void mark(const std::string& id) { dirty_.insert(id); }
  void forget_zombies(const std::string& id);

  // -- starts ----------------------------------------------------------------

  void receive_operation(replica_id from, std::string_view bytes, moment now);
  void on_start(forwarded_start op, moment now);
  void on_bounced(const forwarded_start& op, moment now);
  void on_reply(start_reply op, moment now);
  void pursue(const request_id& id, moment now);
  bool settle_existing(start_request& x, moment now);
  void activate(start_request& x, const child_entry& entry, moment now);
  void choose(start_request& x, moment now);
  void begin_local(start_request& x, moment now);
  void forward(start_request& x, const member_info& target, moment now);
  void pass_on(start_request& x, moment now);
  void send_start(replica_id to, const start_request& x, std::uint32_t hops,
                  moment now);
  void send(replica_id to, const operation& x); ///< as the step ends
  void send_operations();
  void ask(asked_start x, moment now);
  start_request request_of(supervision::child_spec spec, moment now);
  void settle_shared(start_request& x, started result, std::uint64_t sequence,
                     moment now);
  start_result found(const start_request& x, already_started it) const;
  void act_on_due(const request_id& id, moment now);
  void expire(start_request& x, moment now);
  void settle(start_request& x, start_result result);
  bool is_leaving() const { return draining_ || !roster_.is_member(); }
  failure refusal() const;

  // -- nobody asks for these (scheduler_unasked.cpp) -------------------------

  instant defaults_due() const;
  void start_defaults(moment now);
  /// Neither wanted nor on its way, and not about to end.
  bool is_missing(const std::string& id) const;
  void start_unasked(supervision::child_spec spec, moment now);
  void note_unasked(const std::string& id, const start_result& result,
                    instant now);

  // -- a copy on each member (scheduler_copies.cpp) --------------------------

  void record_each_member(start_request& x, moment now);
  std::uint64_t write_each_member(const start_request& x, moment now);
  void review_copy(const std::string& id, const child_entry& entry, moment now);
  void end_copy(const std::string& copy, moment now);
  /// What our copy of it is started with; nothing: we run none.
  std::optional<supervision::child_spec>
  copy_of(const std::string& id, const child_entry& entry) const;
  bool has_copies(const std::string& id) const;
  void after_copy(const std::string& id);

  // -- terminates ------------------------------------------------------------

  void terminate(token caller, const std::string& id, moment now);
  bool is_awaited(const placed_record& x) const;
  void check_terminates(const std::string& id);
  void expire_terminates(moment now);
  void refuse_terminates();

  // -- children here ---------------------------------------------------------

  void note_started(started_child x, moment now);
  void record_start(local_child& x, moment now);
  void refuse_start(local_child& x, const failure& why);
  void end_running(local_child& x, supervision::exit_kind how, std::string why,
                   moment now);
  void restart(local_child& x, duration ran_for, moment now);
  void become_passive(local_child& x, moment now);
  void give_up(moment now);
  void hold_back(local_child& x, duration delay, moment now);
  void begin_start(local_child& x, child_state shown, moment now);
  void run_factory(local_child& x, moment now);
  void stop(local_child& x, std::string why, moment now);
  void note_leaving();
  void kill_overstayers(instant now);
  void forget(const std::string& id, moment now);
  std::uint64_t write_placed(const local_child& x, child_state state,
                             moment now);
  /// Both records of a child; the log sequence of the last.
  std::uint64_t write_records(const local_child& x, child_state state,
                              moment now);
  void erase_wanted(const std::string& id);
  void erase_placed(const std::string& id, moment now);
  void erase_former(const std::string& id);
  bool is_placed_here(const std::string& id) const;
  bool is_ours(const std::string& id) const;
  void end_for_good(const std::string& id, moment now);

  // -- hand-offs (scheduler_hand_offs.cpp) -----------------------------------

  bool takes_state_along(const local_child& x) const;
  bool merges_into_other(const local_child& x) const;
  bool ask_for_state(local_child& x, moment now);
  void end_export(const local_child& x, outcome<std::string> state, moment now);
  void expire_hand_offs(moment now);
  void end_hand_off(const std::string& id, const horde::pid& runs_as);
  void begin_hand_offs();
  void add_state(const std::string& id, placed_record& next);
  void check_hand_off(const std::string& id, const child_entry& entry,
                      moment now);
  void check_merge(const std::string& id, const placed_record& winner,
                   moment now);
  void on_merge(replica_id from, merge_state op);
  void on_merged(const merged& x);
  bool keeps_states() const;
  void on_fetch(replica_id from, const fetch_state& x);
  void find_state(local_child& x, const placed_record& placed);
  bool must_fetch(const local_child& x) const;
  void fetch(local_child& x, moment now);
  void go_on_fetching(local_child& x, moment now);
  void on_kept(replica_id from, kept_state op, moment now);
  void lose_state(local_child& x, std::string why);
  void settle_state(local_child& x, const std::string& refused);

  // -- events (scheduler_events.cpp) -----------------------------------------

  void note_end(local_child& x, bool is_crash, std::string why);
  void tell_lives(moment now);

  // -- the lease, if the strategy needs quorum -------------------------------

  void make_lease();
  std::vector<known_copy> recorded_copies(const std::string& id) const;
  bool may_be_fenced(replica_id who) const;
  bool has_ended(const placed_record& x, moment now);
  bool may_take_over(const std::string& id, moment now);
  void erase_ended(const std::string& id, moment now, bool only_ours);
  void place_here(const std::string& id, const child_entry& entry, moment now);
  void receive_lease(replica_id from, const operation& x, moment now);
  bool keep_lease(moment now);
  void start_claimed(const claim& x, moment now);
  void kill(local_child& x);
  void remove_local(const std::string& id);

  // -- review ----------------------------------------------------------------

  void review(const std::string& id, moment now);
  situation situation_of(const std::string& id, const child_entry& entry,
                         moment now);
  bool decides(const std::string& id, const child_entry& entry) const;
  /// The member that was restarted and may know of the child from its store.
  const member_info* home_of(const child_entry& entry) const;
  void act(verdict x, const std::string& id, const child_entry& entry,
           moment now);
  supervision::restart_history history_of(const child_entry& entry,
                                          moment now) const;
  void adopt(const std::string& id, const child_entry& entry, moment now);
  void take_over(const std::string& id, const child_entry& entry, moment now);
  void hand_over(const std::string& id, const child_entry& entry, moment now);
  void place_on(const member_info& target, const std::string& id,
                const child_entry& entry, moment now);
  void say_it_is_here(const std::string& id, const child_entry& entry,
                      moment now);
  void keep(const std::string& id, const child_entry& entry, moment now);
  location locate(const placed_record& x) const {
    return scheduling::locate(x, roster_, replica_.id());
  }
  /// Placed, and not on a member that is gone.
  bool has_owner(const child_entry& entry) const {
    return entry.placed && locate(*entry.placed) != location::gone;
  }

  /// Requires: it is wanted.
  child_info info_of(const std::string& id, const child_entry& entry) const;

  // -- moves -----------------------------------------------------------------

  std::vector<planned_move> plan_moves(const std::vector<member_info>& members,
                                       bool rebalances) const;
  void order(const std::vector<planned_move>& plan);
  void on_order(const move_children& x);
  void take_order(const ordered_move& x);
  void begin_moves();
  const member_info* next_owner(const std::string& id,
                                const child_entry& entry);
  void note_newcomers(const std::vector<member_info>& view);
  void rebalance_if_due(moment now);

  // -- placement -------------------------------------------------------------

  /// Asks the strategy, under the conditions of this moment.
  placement::choice choose_for(const placement::wish& x);
  placement::choice choose_for(const start_request& x);
  placement::choice ask_strategy(const placement::wish& x,
                                 std::uint64_t draw) const;
  std::string problem_of_place(const std::string& id,
                               const child_entry& entry) const;
  void count(start_request& x, const member_id& where);
  void uncount(start_request& x);
};

} // namespace horde::scheduling
