// SPDX-License-Identifier: MIT
//
// Events and the step. An event notes what happened and marks children as
// dirty; `finish` then flushes the map, reads what changed and reviews the
// dirty ones, until nothing changes any more. So all decisions are made in one
// place, on a view that is up to date.

#include "horde/scheduling/scheduler.hpp"

#include <limits>

#include "horde/sort_unique.hpp"

namespace horde::scheduling {

namespace {

// Each round ends with something started, stopped or written, so a step needs
// two or three. The limit only keeps a mistake from hanging the actor; what is
// left over is done in the next step.
constexpr int max_rounds = 64;

// Beside the spec: ids, names of members, the result's text.
constexpr std::size_t max_operation_overhead = max_message_bytes;

constexpr auto never_replicated = std::numeric_limits<std::uint64_t>::max();

using membership::is_kind;
using membership::record_kind;

} // namespace

// -- events ------------------------------------------------------------------

std::optional<failure> scheduler::restore(moment now) {
  return cfg_.store ? replica_.keep_in(*cfg_.store, now) : std::nullopt;
}

effects scheduler::start(moment now) {
  roster_.start(replica_, now);
  gate_.start(now.at);
  informed_at_ = now.at + cfg_.settle_after;
  if (lease_)
    lease_->begin(replica_.id(), now.at);
  members_dirty_ = true;
  next_review_ = now.at + jitter(rng_, cfg_.review_every, 20);
  give_up_absent(now);
  return finish(now);
}

effects scheduler::receive(replica_id from, std::string_view bytes,
                           moment now) {
  if (!is_operation(bytes))
    replica_.receive(from, bytes, now);
  else if (!linked_.contains(from)
           || bytes.size() > std::max(cfg_.max_spec_bytes, cfg_.max_state_bytes)
                               + max_operation_overhead)
    ++refused_messages_;
  else
    visit_operations(bytes, [&](std::string_view operation) {
      receive_operation(from, operation, now);
    });
  return finish(now);
}

effects scheduler::peer_up(const member_id& who, const node_id&,
                           replica_id replica, moment now) {
  roster_.peer_up(replica_, who, replica, now);
  // The roster refuses outsiders; those it took are neighbours now.
  auto neighbours = replica_.neighbours();
  if (std::ranges::find(neighbours, replica) != neighbours.end())
    linked_.insert(replica);
  if (lease_)
    lease_->met(now.at);
  members_dirty_ = true;
  return finish(now);
}

effects scheduler::peer_down(replica_id replica, bool stopped, moment now) {
  roster_.peer_down(replica_, replica, stopped, now);
  linked_.erase(replica);
  members_dirty_ = true;
  return finish(now);
}

effects scheduler::node_changed(const node_id& who, node_state state,
                                moment now) {
  roster_.node_changed(who, state, now);
  roster_.ask_for_last_words(replica_, who, state, now);
  members_dirty_ = true;
  return finish(now);
}

effects scheduler::set_members(const members& list, bool force, moment now,
                               std::optional<failure>& problem) {
  // The first list asks nobody: there is nobody yet.
  auto needs_quorum = strategy_->needs_quorum() && !force
                      && roster_.mode() == member_mode::dynamic
                      && !roster_.members().empty();
  if (needs_quorum && !has_quorum())
    problem = no_quorum_to_set_members();
  else
    problem = roster_.set_members(replica_, list, now);
  return finish(now);
}

effects scheduler::drain(moment now) {
  if (!draining_) {
    draining_ = true;
    roster_.announce(replica_, member_status::shutting_down, now);
    members_dirty_ = true;
  }
  return finish(now);
}

effects scheduler::tick(moment now) {
  replica_.tick(now);
  roster_.tick(replica_, now, !strategy_->needs_quorum() || has_quorum());
  for (auto& id : review_due_.take_due(now.at))
    dirty_.insert(std::move(id));
  for (const auto& id : starts_.take_due(now.at))
    act_on_due(id, now);
  expire_terminates(now);
  expire_hand_offs(now);
  rebalance_if_due(now);
  kill_overstayers(now.at);
  members_dirty_ |= now.at >= gate_.wake_at();
  if (now.at >= next_review_) {
    give_up_absent(now);
    owed_ = table_.size();
    next_review_ = now.at + jitter(rng_, cfg_.review_every, 20);
  }
  return finish(now);
}

instant scheduler::wake_at() const {
  auto result = std::min({replica_.wake_at(), roster_.wake_at(), starts_.next(),
                          terminates_.next(), hand_offs_.next()});
  if (lease_)
    result = std::min(result, lease_->wake_at());
  if (catch_up_until_)
    return std::min(result, *catch_up_until_);
  if (!dirty_.empty() || owed_ > 0)
    return last_step_;
  return std::min({result, review_due_.next(), next_review_, drain_until_,
                   rebalance_at_, gate_.wake_at(), defaults_due(), leave_by_,
                   was_informed_ ? never : informed_at_});
}

// -- the step ----------------------------------------------------------------

effects scheduler::finish(moment now) {
  last_step_ = now.at;
  auto budget = cfg_.review_slice;
  for (int round = 0; round < max_rounds; ++round) {
    read_changes(now);
    if (members_dirty_)
      members_changed();
    if (auto informed = is_informed(now.at);
        informed != std::exchange(was_informed_, informed))
      owed_ = table_.size();
    auto may_start = keep_lease(now);
    if (is_catching_up(now))
      break;
    take_slice(budget);
    if (now.at >= defaults_due())
      start_defaults(now);
    begin_moves();
    begin_hand_offs();
    if (dirty_.empty() && !may_start && !withdraw_when_done(now))
      break;
    review_dirty(now);
  }
  answer_replicated(now);
  tell_lives(now);
  send_operations();
  return std::exchange(out_, {});
}

void scheduler::give_up_absent(moment now) {
  for (const auto& node :
       absentees_.check(roster_, replica_, cfg_.absent_after, now.at))
    members_dirty_ |= roster_.node_changed(node, node_state::down, now);
}

void scheduler::read_changes(moment now) {
  auto step = replica_.finish(now);
  for (auto& x : step.sends)
    emit(scheduling::send{x.to, std::move(x.bytes)});
  if (step.renewed)
    begin_anew(*step.renewed, now);
  std::vector<std::string> children;
  for (const auto& key : step.changed)
    read_change(key, children, now);
  sort_unique(children); // both records of one may have changed
  for (const auto& id : children) {
    reread_and_note_end(id, step.renewed.has_value());
    mark(id);
  }
  members_dirty_ |= roster_.caught_up(replica_, now);
}

void scheduler::begin_anew(replica_id id, moment now) {
  emit(renewed{id});
  roster_.renewed(replica_, now);
  linked_.clear();
  if (lease_)
    lease_->begin(id, now.at);
  members_dirty_ = true;
  catch_up_until_ = now.at + cfg_.catch_up_at_most;
  table_.log().pause();
  say_again(now);
}

/// What callers wait for is not known to others for sure, and now not to us.
void scheduler::say_again(moment now) {
  for (const auto& request : starts_.all()) {
    auto x = starts_.find(request);
    auto child = locals_.find(x->spec.id);
    if (x->is == progress::replicating
        && x->spec.scope == supervision::child_scope::each_member)
      starts_.await_replication(*x, write_each_member(*x, now));
    if (x->is == progress::replicating && child != nullptr
        && child->started_by == request && child->is != phase::stopping)
      starts_.await_replication(
        *x, write_records(*child, state_of(child->is), now));
  }
  // What they erased is erased again when it comes in (`forget_zombies`).
  terminates_.postpone(never_replicated);
}

bool scheduler::is_catching_up(moment now) {
  if (!catch_up_until_)
    return false;
  if (!replica_.has_caught_up() && now.at < *catch_up_until_)
    return true;
  catch_up_until_.reset();
  table_.resume_log([this](const auto& x) { return is_gone(x); });
  terminates_.postpone(replica_.sequence());
  for (const auto& [id, child] : locals_.all())
    mark(id);
  return false;
}

void scheduler::read_change(const std::string& key,
                            std::vector<std::string>& children, moment now) {
  if (!is_kind(key, record_kind::wanted)
      && !is_kind(key, record_kind::placed)) {
    if (roster_.changed(replica_, key, now))
      members_dirty_ = true;
    return;
  }
  std::string id{membership::rest_of(key)};
  if (is_kind(key, record_kind::wanted))
    forget_zombies(id);
  children.push_back(std::move(id));
}

void scheduler::reread(const std::string& id) {
  table_.refresh(replica_, id, [this](const auto& x) { return is_gone(x); });
}

/// All who see a child end remember it, for its start may have been tried on a
/// member that is not heard of yet (`forget_zombies`). What was forgotten with
/// its writer has not ended.
void scheduler::reread_and_note_end(const std::string& id, bool is_renewed) {
  auto before = table_.find(id);
  auto was_wanted = before != nullptr && before->wanted;
  auto start = was_wanted ? before->wanted->started_by : request_id{};
  auto writer = was_wanted ? before->wanted->writer : replica_id{};
  reread(id);
  auto after = table_.find(id);
  auto is_wanted = after != nullptr && after->wanted;
  if (was_wanted && !is_wanted && !is_renewed
      && !replica_.map().seen().is_forgotten(writer))
    ended_.insert(start, true);
}

void scheduler::members_changed() {
  members_dirty_ = false;
  // Whom we cannot talk to gets nothing from us. So the first alive member on
  // the ring always chooses itself, whatever the others think of it, and no
  // child waits for a member that only seems to be alive.
  auto view = roster_.members();
  for (auto& x : view)
    if (x.status == member_status::alive && !x.linked)
      x.status = member_status::suspect;
  note_leaving();
  gate_.look(view, last_step_);
  note_newcomers(view);
  view_ = view;
  strategy_->prepare(view);
  arbiter_.prepare(view);
  table_.load().prepare(view);
  if (lease_)
    lease_->set_members(roster_.members(), last_step_);
  owed_ = table_.size();
  defaults_at_ = std::min(defaults_at_, last_step_); // they may be ours now
  // These may wait for a member that is not to be had any more.
  for (const auto& id : starts_.all())
    mark(starts_.find(id)->spec.id);
  for (const auto& child : terminates_.children())
    mark(child);
}

/// Marks the next part of a review of all children, so that one of a million
/// does not keep this member from everything else.
void scheduler::take_slice(std::size_t& budget) {
  const auto& all = table_.all();
  owed_ = std::min(owed_, all.size());
  for (auto next = all.upper_bound(review_after_); owed_ > 0 && budget > 0;
       ++next, --owed_, --budget) {
    if (next == all.end())
      next = all.begin();
    mark(next->first);
    review_after_ = next->first;
  }
}

void scheduler::review_dirty(moment now) {
  for (const auto& id : std::exchange(dirty_, {}))
    review(id, now);
}

/// A start that was retried elsewhere may leave a second `wanted` that arrives
/// after the child was terminated. Its request is known to be over.
void scheduler::forget_zombies(const std::string& id) {
  if (ended_.size() == 0)
    return;
  auto key = membership::make_key(record_kind::wanted, id);
  std::vector<crdt::dot> zombies;
  for (const auto& x : replica_.versions(key)) {
    auto record = decode_wanted(x.value, id);
    if (record && ended_.find(record->started_by) != nullptr)
      zombies.push_back(x.id);
  }
  if (!zombies.empty())
    replica_.erase(key, zombies);
}

/// The last acts of a drain. Returns true if it wrote.
bool scheduler::withdraw_when_done(moment now) {
  if (!draining_ || drained_ || !locals_.empty() || owed_ > 0 || keeps_states())
    return false;
  if (!withdrawn_) {
    auto is_half_done = [this](const request_id& id) {
      return starts_.find(id)->result.has_value();
    };
    if (std::ranges::any_of(starts_.all(), is_half_done)
        || terminates_.next_replication() != nullptr)
      return false; // its caller is to be told the truth
    withdrawn_ = true;
    for (const auto& id : starts_.all())
      settle(*starts_.find(id), refusal());
    refuse_terminates();
    roster_.withdraw(replica_);
    withdraw_sequence_ = replica_.sequence();
    drain_until_ = now.at + cfg_.replicate_at_most;
    return true;
  }
  // What we handed over is in safe hands once somebody has it.
  if (linked_.empty() || now.at >= drain_until_
      || replica_.acknowledged_by(withdraw_sequence_) > 0) {
    drained_ = true;
    drain_until_ = never;
    emit(drained{});
  }
  return false;
}

/// An end or a start is not acknowledged before a second member knows of it, or
/// the death of this one would undo it.
void scheduler::answer_replicated(moment now) {
  auto is_alone = linked_.empty() && !catch_up_until_;
  auto is_safe = [&](std::uint64_t sequence) {
    return is_alone || replica_.acknowledged_by(sequence) > 0;
  };
  while (auto x = starts_.next_replication()) {
    if (!is_safe(x->sequence))
      break;
    settle(*x, *x->result);
  }
  while (auto x = terminates_.next_replication()) {
    std::optional<failure> problem;
    if (cfg_.ack != start_ack::local && !is_safe(x->sequence)) {
      if (now.at < x->replicate_until)
        break;
      problem = unconfirmed("child '" + x->child + "' was ended");
    }
    emit(answer_terminate{terminates_.take_replication().caller,
                          std::move(problem)});
  }
}

} // namespace horde::scheduling
