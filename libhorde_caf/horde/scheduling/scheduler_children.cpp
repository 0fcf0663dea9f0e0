// SPDX-License-Identifier: MIT
//
// What runs here: results of factories, exits, restarts and stops. Every start
// of a recorded child takes the next fencing token, one more than the record
// says, and is written down in the same step. So tokens grow within one life of
// the child as long as the members can talk: two sides of a cut may give the
// same ones, and a child that is started anew begins at one.

#include "horde/scheduling/scheduler.hpp"

namespace horde::scheduling {

using membership::make_key;
using membership::record_kind;

namespace {

constexpr shutdown_policy at_once{shutdown_kind::brutal_kill, {}};

std::uint64_t to_ns(wall_time x) {
  return static_cast<std::uint64_t>(x.time_since_epoch().count());
}

} // namespace

// -- events ------------------------------------------------------------------

effects scheduler::child_started(token start, std::uint64_t actor,
                                 std::string info, moment now,
                                 const std::string& refused) {
  note_started({start, actor, std::move(info), refused}, now);
  return finish(now);
}

effects scheduler::children_started(std::vector<started_child> children,
                                    moment now) {
  for (auto& x : children)
    note_started(std::move(x), now);
  return finish(now);
}

void scheduler::note_started(started_child child, moment now) {
  auto start = child.start;
  auto x = locals_.find(start);
  // Not one of ours (any more): nothing may run that nobody knows.
  if (x == nullptr)
    return emit(stop_child{start, at_once, "unknown start"});
  if (x->is == phase::stopping) {
    x->actor = child.actor;
    return emit(stop_child{start,
                           is_late_ || x->killed ? at_once : x->spec.shutdown,
                           "its start was abandoned"});
  }
  if (x->is != phase::starting)
    return;
  x->is = phase::running;
  x->since = now.at;
  x->actor = child.actor;
  mark(x->spec.id);
  if (!x->fresh) {
    settle_state(*x, child.refused);
    write_placed(*x, child_state::running, now);
    return;
  }
  x->info = std::move(child.info);
  record_start(*x, now);
}

effects scheduler::child_not_started(token start, const failure& why,
                                     moment now) {
  auto x = locals_.find(start);
  if (x == nullptr || x->is == phase::running || is_idle(x->is))
    return finish(now);
  auto id = x->spec.id;
  mark(id);
  if (x->state && why.code == errc::timeout)
    lose_state(*x, why.what);
  if (x->fresh && x->is != phase::stopping)
    refuse_start(*x, why);
  else if (x->is == phase::stopping || !is_ours(id) || is_leaving())
    forget(id, now);
  else if (why.code == errc::ignored) {
    table_.log().note_end(id, why.what);
    end_for_good(id, now); // the factory does not want it any more (S29)
  } else {
    note_end(*x, true, why.what);
    restart(*x, duration::zero(), now);
  }
  return finish(now);
}

effects scheduler::child_exited(token start, supervision::exit_kind how,
                                moment now, std::string why) {
  auto x = locals_.find(start);
  if (x == nullptr || is_idle(x->is))
    return finish(now);
  auto id = x->spec.id;
  mark(id);
  if (x->is == phase::stopping) {
    hand_offs_.answered(id, failure{errc::not_found, "it ended without it"},
                        now.at + cfg_.keep_state_for);
    forget(id, now); // asked for; the review knows what is next
  } else if (x->is == phase::running)
    end_running(*x, how, std::move(why), now);
  else // it ended before we heard that it started
    return child_not_started(
      start, {errc::start_failed, "child '" + id + "' ended at once"}, now);
  return finish(now);
}

// -- first starts ------------------------------------------------------------

/// The factory is done for the first time: now the child exists.
void scheduler::record_start(local_child& x, moment now) {
  auto request = starts_.find(x.started_by);
  auto entry = table_.find(x.spec.id);
  if (entry != nullptr && entry->wanted)
    return stop(x, "it was started elsewhere", now);
  if (x.info.size() > cfg_.max_spec_bytes) {
    if (request != nullptr)
      settle(*request,
             failure{errc::too_large, "the info of child '" + x.spec.id
                                        + "' has more than max_spec_bytes"});
    return stop(x, "its info is too large", now);
  }
  x.fresh = false;
  if (request != nullptr)
    uncount(*request); // the record counts from now on
  auto sequence = write_records(x, child_state::running, now);
  if (request == nullptr)
    return;
  started result{x.spec.id, {roster_.node().life, x.actor}, x.info};
  settle_shared(*request, std::move(result), sequence, now);
}

/// Nothing was recorded, so nothing is left of it but the answer.
void scheduler::refuse_start(local_child& x, const failure& why) {
  auto request = starts_.find(x.started_by);
  remove_local(std::string{x.spec.id});
  if (request == nullptr)
    return;
  if (why.code == errc::ignored)
    settle(*request, ignored{});
  else
    settle(*request, why);
}

// -- ends --------------------------------------------------------------------

void scheduler::end_running(local_child& x, supervision::exit_kind how,
                            std::string why, moment now) {
  auto id = x.spec.id;
  note_end(x, how == supervision::exit_kind::crash, std::move(why));
  bool is_over = how != supervision::exit_kind::passive
                 && !supervision::should_restart(x.spec.when, how);
  if (is_over && catch_up_until_)
    ended_.insert(x.started_by, true); // whatever we will hear of it
  if (!is_ours(id))
    return forget(id, now);
  if (how == supervision::exit_kind::passive)
    return become_passive(x, now);
  if (is_over) {
    table_.log().note_end(id, x.last_end);
    return end_for_good(id, now);
  }
  if (is_leaving())
    return forget(id, now); // it goes on elsewhere
  restart(x, now.at - x.since, now);
}

void scheduler::restart(local_child& x, duration ran_for, moment now) {
  if (cfg_.member_max_restarts && !restarts_.note(now.at)) {
    give_up(now);
    write_placed(x, child_state::stopping, now); // with why it ended
    return forget(std::string{x.spec.id}, now);  // it goes on elsewhere
  }
  auto delay = x.history.ended(ran_for, now.at, rng_);
  if (delay <= duration::zero())
    return begin_start(x, child_state::restarting, now);
  if (x.state)
    lose_state(x, "it did not start with it");
  hold_back(x, delay, now);
}

void scheduler::hold_back(local_child& x, duration delay, moment now) {
  x.is = phase::waiting;
  x.since = now.at + delay;
  // With a lease only who may run it writes over what others wrote.
  if (!lease_ || x.start != 0)
    write_placed(x, child_state::quarantined, now);
  review_due_.set_at_latest(x.spec.id, x.since);
}

void scheduler::begin_start(local_child& x, child_state shown, moment now) {
  if (must_fetch(x))
    return fetch(x, now);
  x.attempt += x.attempt < max_attempt ? 1 : 0;
  x.info.clear();
  run_factory(x, now);
  if (!x.claiming) // else once a quorum agreed
    write_placed(x, shown, now);
}

void scheduler::run_factory(local_child& x, moment now) {
  x.is = phase::starting;
  x.actor = 0;
  locals_.set_start(x, next_start_++);
  x.claiming = lease_ != nullptr;
  if (lease_)
    return lease_->claim(x.spec.id, x.attempt, now.at);
  emit(scheduling::start_child{x.start, x.spec, x.attempt, x.state});
}

/// Ends our copy, whatever it is doing. `x` may be gone afterwards.
void scheduler::stop(local_child& x, std::string why, moment now) {
  if (x.is == phase::running && ask_for_state(x, now))
    return;
  // Messages may change its state before it is known to run: then it is asked.
  if (x.is == phase::starting && x.state && !is_late_ && takes_state_along(x))
    return;
  auto id = x.spec.id;
  mark(id);
  switch (x.is) {
  case phase::stopping: return;
  case phase::waiting:
  case phase::fetching: return forget(id, now);
  case phase::starting:
    if (x.claiming)
      return forget(id, now);
    emit(abandon_start{x.start});
    break;
  case phase::running:
    emit(stop_child{x.start, is_late_ ? at_once : x.spec.shutdown,
                    std::move(why)});
    break;
  }
  x.is = phase::stopping;
  if (!x.fresh && is_ours(id))
    write_placed(x, child_state::stopping, now);
}

void scheduler::note_leaving() {
  if (!is_leaving()) {
    is_late_ = false;
    leave_by_ = never;
  } else if (cfg_.drain_timeout && !is_late_ && leave_by_ == never) {
    leave_by_ = last_step_ + *cfg_.drain_timeout;
  }
}

/// They were asked to end and had time to.
void scheduler::kill_overstayers(instant now) {
  if (now < leave_by_)
    return;
  leave_by_ = never;
  is_late_ = true;
  for (const auto& [id, x] : locals_.all())
    if (x.is == phase::stopping && x.actor != 0)
      emit(stop_child{x.start, at_once, "drain_timeout is over"});
}

/// The child is done: it is not to be started again, anywhere.
void scheduler::end_for_good(const std::string& id, moment now) {
  remove_local(id);
  erase_wanted(id);
  erase_placed(id, now);
}

/// Our copy has ended. Without `wanted` that was the end of the child.
void scheduler::forget(const std::string& id, moment now) {
  remove_local(id);
  auto entry = table_.find(id);
  if (entry != nullptr && !entry->wanted && is_placed_here(id))
    erase_placed(id, now);
}

// -- records -----------------------------------------------------------------

std::uint64_t scheduler::write_placed(const local_child& x, child_state state,
                                      moment now) {
  placed_record record;
  record.member = roster_.self();
  record.replica = replica_.id();
  record.pid.node = roster_.node().life;
  record.pid.actor = state == child_state::running ? x.actor : 0;
  record.attempt = x.attempt;
  record.state = state;
  record.started_by = x.started_by;
  record.memory = x.history.memory(now.at);
  record.info = x.info;
  record.crashes = x.crashes;
  record.last_end = x.last_end;
  if (state != child_state::running)
    record.kept = x.kept;
  if ((state == child_state::running && x.is == phase::running)
      || (state == child_state::quarantined && x.is == phase::waiting))
    record.since = to_ns(now.wall + (x.since - now.at));
  return replica_.put(make_key(record_kind::placed, x.spec.id),
                      to_bytes(record), replica_.stamp_at(now));
}

std::uint64_t scheduler::write_records(const local_child& x, child_state state,
                                       moment now) {
  // `placed` first: who gets only half of it must not place the child again.
  write_placed(x, state, now);
  return replica_.put(make_key(record_kind::wanted, x.spec.id),
                      to_bytes(wanted_record{x.spec, x.started_by}),
                      replica_.stamp_at(now));
}

void scheduler::erase_wanted(const std::string& id) {
  auto key = make_key(record_kind::wanted, id);
  for (const auto& x : replica_.versions(key))
    if (auto record = decode_wanted(x.value, id))
      ended_.insert(record->started_by, true);
  replica_.erase(key);
}

/// With a lease only what has ended for sure.
void scheduler::erase_placed(const std::string& id, moment now) {
  if (lease_)
    return erase_ended(id, now, false);
  replica_.erase(make_key(record_kind::placed, id));
}

/// Others cannot know that what we wrote under a former id runs here no more.
void scheduler::erase_former(const std::string& id) {
  auto key = make_key(record_kind::placed, id);
  std::vector<crdt::dot> former;
  for (const auto& x : replica_.versions(key)) {
    auto record = decode_placed(x.value);
    if (record && record->member == roster_.self()
        && record->replica != replica_.id())
      former.push_back(x.id);
  }
  if (!former.empty())
    replica_.erase(key, former);
}

/// Wanted, and placed here: what happens to it is ours to decide.
bool scheduler::is_ours(const std::string& id) const {
  auto entry = table_.find(id);
  return entry != nullptr && entry->wanted && is_placed_here(id);
}

bool scheduler::is_placed_here(const std::string& id) const {
  auto entry = table_.find(id);
  return entry != nullptr && entry->placed
         && entry->placed->replica == replica_.id();
}

} // namespace horde::scheduling
