// SPDX-License-Identifier: MIT
//
// Children that take their state along. Before one ends to move, it is asked
// for its state, which stays here; the `placed` record says so. Its next member
// fetches it before it calls the factory. Whatever is lost or late on the way:
// then the child begins anew, and its last end says why.

#include <algorithm>

#include "horde/scheduling/scheduler.hpp"

namespace horde::scheduling {

// -- the member that it leaves -----------------------------------------------

/// It runs well, here and nowhere else, and is to go on elsewhere.
bool scheduler::takes_state_along(const local_child& x) const {
  const auto& id = x.spec.id;
  if (!x.spec.hand_off || !is_ours(id))
    return false;
  const auto& placed = *table_.find(id)->placed;
  return placed.started_by == x.started_by && placed.attempt == x.attempt
         && (is_leaving() || moves_.target(id) != nullptr);
}

/// Another copy of the same start stays in its place.
bool scheduler::merges_into_other(const local_child& x) const {
  auto entry = table_.find(x.spec.id);
  return x.spec.merges && entry != nullptr && entry->wanted && entry->placed
         && entry->wanted->spec_hash == x.spec_hash
         && entry->placed->started_by == x.started_by
         && !is_placed_here(x.spec.id);
}

/// False: it may be stopped at once.
bool scheduler::ask_for_state(local_child& x, moment now) {
  auto merges = merges_into_other(x);
  auto is_full = hand_offs_.size() >= cfg_.max_hand_offs;
  if (!merges && !takes_state_along(x))
    return false;
  if (is_full) {
    if (!merges)
      waiting_hand_offs_.insert(x.spec.id); // it runs on meanwhile
    return !merges;
  }
  end_hand_off(x.spec.id, {});
  hand_offs_.ask(x.spec.id, {.start = x.start,
                             .attempt = x.attempt,
                             .started_by = x.started_by,
                             .merges = merges,
                             .until = now.at + cfg_.export_within});
  emit(export_state{x.start});
  x.is = phase::stopping;
  if (!merges)
    write_placed(x, child_state::stopping, now);
  return true;
}

effects scheduler::state_exported(token start, outcome<std::string> state,
                                  moment now) {
  if (auto x = locals_.find(start))
    end_export(*x, std::move(state), now);
  return finish(now);
}

void scheduler::end_export(const local_child& x, outcome<std::string> state,
                           moment now) {
  if (hand_offs_.answered(x.spec.id, std::move(state),
                          now.at + cfg_.keep_state_for))
    emit(stop_child{x.start, x.spec.shutdown, "it goes on elsewhere"});
}

/// Those that did not answer are stopped, and others may follow.
void scheduler::expire_hand_offs(moment now) {
  for (const auto& id : hand_offs_.take_due(now.at, cfg_.keep_state_for)) {
    auto x = locals_.find(id);
    if (hand_offs_.find(id)->until <= now.at)
      end_hand_off(id, {});
    else if (x != nullptr)
      emit(stop_child{x->start, x->spec.shutdown, "it gave no state"});
    mark(id);
  }
}

void scheduler::end_hand_off(const std::string& id, const horde::pid& runs_as) {
  if (auto x = hand_offs_.find(id))
    emit(moved{x->start, runs_as});
  hand_offs_.forget(id);
}

void scheduler::begin_hand_offs() {
  auto room = cfg_.max_hand_offs - hand_offs_.size();
  for (; room > 0 && !waiting_hand_offs_.empty(); --room)
    mark(waiting_hand_offs_.extract(waiting_hand_offs_.begin()).value());
}

/// `next` is about to be written for another member.
void scheduler::add_state(const std::string& id, placed_record& next) {
  auto x = hand_offs_.find(id);
  if (x == nullptr || x->started_by != next.started_by)
    return;
  if (hand_offs_.kept(id, next.attempt))
    next.kept = {replica_.id(), next.attempt};
  else if (x->is == hand_off_phase::failed)
    next.last_end = without_state(std::move(next.last_end), x->problem);
}

/// Forgets a state that nobody needs any more: it runs again, or never will.
void scheduler::check_hand_off(const std::string& id, const child_entry& entry,
                               moment now) {
  auto x = hand_offs_.find(id);
  if (x == nullptr || x->is == hand_off_phase::asked)
    return;
  const auto& placed = entry.placed;
  if (!entry.wanted || !placed || placed->started_by != x->started_by)
    end_hand_off(id, {});
  else if (x->merges)
    check_merge(id, *placed, now);
  else if (placed->state == child_state::running
           && placed->attempt > x->attempt)
    end_hand_off(id, placed->pid);
}

/// The copy that stays is to get the state of ours, until it says that it did.
void scheduler::check_merge(const std::string& id, const placed_record& winner,
                            moment now) {
  const auto& x = *hand_offs_.find(id);
  if (is_placed_here(id) || x.is == hand_off_phase::failed)
    return end_hand_off(id, winner.pid);
  if (linked_.contains(winner.replica))
    send(winner.replica, merge_state{id, x.attempt, x.started_by, *x.state});
  review_due_.set_at_latest(id, now.at + cfg_.forward_retry);
}

void scheduler::on_merge(replica_id from, merge_state op) {
  auto x = locals_.find(op.id);
  auto key = std::tuple{from, op.attempt, op.id};
  if (merges_.find(key) == nullptr) {
    if (x == nullptr || x->is != phase::running || !x->spec.merges
        || x->started_by != op.started_by)
      return; // it comes again
    merges_.insert(key, true);
    emit(merge_child{x->start,
                     std::make_shared<const std::string>(std::move(op.state))});
  }
  send(from, merged{op.id, op.attempt});
}

void scheduler::on_merged(const merged& x) {
  auto known = hand_offs_.find(x.id);
  auto entry = table_.find(x.id);
  if (known != nullptr && known->merges && known->attempt == x.attempt
      && known->is == hand_off_phase::kept)
    end_hand_off(x.id, entry != nullptr && entry->placed ? entry->placed->pid
                                                         : horde::pid{});
}

/// Others count on us for states.
bool scheduler::keeps_states() const {
  auto is_waited_for = [this](const auto& x) {
    if (x.second.merges)
      return true;
    auto entry = table_.find(x.first);
    return entry != nullptr && entry->placed
           && entry->placed->kept.keeper == replica_.id();
  };
  return !linked_.empty()
         && std::ranges::any_of(hand_offs_.all(), is_waited_for);
}

void scheduler::on_fetch(replica_id from, const fetch_state& x) {
  auto state = hand_offs_.kept(x.id, x.attempt);
  send(from, kept_state{x.id, x.attempt, state != nullptr,
                        state ? *state : std::string{}});
}

// -- the member that it comes to ---------------------------------------------

/// What its next start is given, if that is here already.
void scheduler::find_state(local_child& x, const placed_record& placed) {
  x.kept = placed.kept;
  auto own = hand_offs_.find(x.spec.id);
  // It was to leave us, and stays.
  if (is_placed_here(x.spec.id) && own != nullptr
      && own->started_by == placed.started_by
      && hand_offs_.kept(x.spec.id, placed.attempt))
    x.kept = {replica_.id(), placed.attempt};
  if (x.kept.keeper == replica_.id())
    x.state = hand_offs_.kept(x.spec.id, x.kept.attempt);
}

bool scheduler::must_fetch(const local_child& x) const {
  return x.kept.keeper != replica_id{} && x.state == nullptr;
}

void scheduler::fetch(local_child& x, moment now) {
  x.is = phase::fetching;
  x.since = now.at + cfg_.fetch_within;
  go_on_fetching(x, now);
}

void scheduler::go_on_fetching(local_child& x, moment now) {
  auto keeper = x.kept.keeper;
  auto member = roster_.find(keeper);
  auto is_lost =
    keeper == replica_.id() || roster_.has_stopped(keeper)
    || roster_.departed().contains(keeper)
    || (member != nullptr && member->status == member_status::dead);
  if (is_lost)
    lose_state(x, "its former member is gone");
  else if (now.at >= x.since)
    lose_state(x, "its former member did not answer in time");
  if (!must_fetch(x))
    return begin_start(x, child_state::placed, now);
  if (linked_.contains(keeper))
    send(keeper, fetch_state{x.spec.id, x.kept.attempt});
  review_due_.set_at_latest(x.spec.id,
                            std::min(x.since, now.at + cfg_.forward_retry));
}

void scheduler::on_kept(replica_id from, kept_state op, moment now) {
  auto x = locals_.find(op.id);
  if (x == nullptr || x->is != phase::fetching
      || x->kept != kept_at{from, op.attempt})
    return; // a late copy
  if (!op.is_there)
    lose_state(*x, "its former member does not keep it any more");
  else if (op.state.size() > cfg_.max_state_bytes)
    lose_state(*x, "it has more than max_state_bytes");
  else
    x->state = std::make_shared<const std::string>(std::move(op.state));
  begin_start(*x, child_state::placed, now);
}

void scheduler::lose_state(local_child& x, std::string why) {
  x.kept = {};
  x.state = nullptr;
  x.no_state = std::move(why);
}

/// It runs, with the state or without, and is to say so.
void scheduler::settle_state(local_child& x, const std::string& refused) {
  if (x.state && !refused.empty())
    lose_state(x, refused);
  if (x.state)
    x.last_end = shortened(x.last_end + ", with its state", max_end_bytes - 3);
  else if (!x.no_state.empty())
    x.last_end = without_state(std::move(x.last_end), x.no_state);
  lose_state(x, {});
}

} // namespace horde::scheduling
