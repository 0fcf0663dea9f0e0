// SPDX-License-Identifier: MIT
//
// Should and is: collects the facts about one child, asks the judge and does
// what it says. Safe to run at any time and any number of times.

#include "horde/scheduling/scheduler.hpp"

namespace horde::scheduling {

using membership::make_key;
using membership::record_kind;

void scheduler::review(const std::string& id, moment now) {
  auto entry = table_.find(id);
  // Which of several versions counts depends on who is there.
  if (entry != nullptr && entry->placed_versions > 1) {
    reread(id);
    entry = table_.find(id);
  }
  static const child_entry nothing;
  const auto& known = entry != nullptr ? *entry : nothing;
  act(judge(situation_of(id, known, now)), id, known, now);
  for (const auto& request : starts_.of_child(id))
    pursue(request, now);
  check_terminates(id);
}

situation scheduler::situation_of(const std::string& id,
                                  const child_entry& entry, moment now) {
  situation result;
  auto child = locals_.find(id);
  result.wanted = entry.wanted.has_value();
  result.local = holding_of(child);
  result.leaving = is_leaving();
  auto where = entry.placed ? locate(*entry.placed) : location::gone;
  bool odd = entry.wanted.has_value() != entry.placed.has_value()
             || where == location::unknown;
  result.settled = table_.settled(id, odd, cfg_.settle_after, now.at);
  if (!entry.placed)
    result.where = whereabouts::nowhere;
  else if (where == location::here)
    result.where = whereabouts::here;
  else if (where == location::gone
           || (where == location::unknown && result.settled))
    result.where = whereabouts::gone;
  else
    result.where = whereabouts::elsewhere;
  if (odd && !result.settled)
    review_due_.set_at_latest(id,
                              table_.find(id)->odd_since + cfg_.settle_after);
  if (entry.wanted) {
    result.temporary = entry.wanted->when == restart::temporary;
    result.outdated =
      child != nullptr
      && (child->spec_hash != entry.wanted->spec_hash
          || (entry.placed && entry.placed->attempt > child->attempt));
  }
  // The only costly fact, and seldom needed.
  if (result.where == whereabouts::gone || result.where == whereabouts::nowhere)
    result.chosen = is_chosen(id, entry);
  return result;
}

bool scheduler::is_chosen(const std::string& id,
                          const child_entry& entry) const {
  auto choice = strategy_->choose(placement::wish{placement_key(id, entry)});
  auto who = std::get_if<const member_id*>(&choice);
  if (who == nullptr)
    return false;
  // Who was restarted has the first say: it may know of them from its store,
  // and run them already.
  if (entry.placed)
    if (auto home = roster_.find(entry.placed->member);
        home != nullptr && home->linked && home->status == member_status::alive
        && home->node.life > entry.placed->pid.node)
      return home->who == roster_.self();
  return **who == roster_.self();
}

std::string_view scheduler::placement_key(const std::string& id,
                                          const child_entry& entry) const {
  return entry.wanted
           ? supervision::placement_key(id, entry.wanted->placement_key)
           : std::string_view{id};
}

void scheduler::act(verdict x, const std::string& id, const child_entry& entry,
                    moment now) {
  switch (x) {
  case verdict::keep: return keep(id, entry, now);
  case verdict::stop:
    return stop(*locals_.find(id),
                entry.wanted ? "it moves or runs elsewhere" : "terminated",
                now);
  case verdict::erase: return erase_placed(id);
  case verdict::drop: return end_for_good(id);
  case verdict::start:
  case verdict::take_over: return adopt(id, entry, now);
  case verdict::claim: {
    const auto& child = *locals_.find(id);
    write_placed(child, state_of(child.is), now);
    return;
  }
  case verdict::hand_over: return hand_over(id, entry, now);
  }
}

/// Nothing to decide: only small repairs of a child that is ours.
void scheduler::keep(const std::string& id, const child_entry& entry,
                     moment now) {
  auto child = locals_.find(id);
  if (child == nullptr || !entry.wanted || !is_placed_here(id))
    return;
  if (child->is == phase::waiting) {
    if (now.at < child->since)
      return review_due_.set_at_latest(id, child->since);
    return begin_start(*child, child_state::quarantined, now);
  }
  // Of concurrent versions ours won, or somebody else wrote it: say it again.
  if (child->is == phase::running
      && (entry.placed_versions > 1 || entry.placed->pid.actor != child->actor))
    write_placed(*child, child_state::running, now);
}

/// Starts here what should run here and does not.
void scheduler::adopt(const std::string& id, const child_entry& entry,
                      moment now) {
  auto record = newest_wanted(replica_, id);
  if (!record)
    return;
  local_child fresh{.spec = std::move(record->spec),
                    .started_by = record->started_by,
                    .history = supervision::restart_history{limits_of(cfg_)},
                    .info = {}};
  fresh.spec_hash = hash_of(fresh.spec);
  auto& child = locals_.add(std::move(fresh));
  auto delay = duration::zero();
  if (const auto& placed = entry.placed) {
    child.attempt = placed->attempt;
    child.started_by = placed->started_by;
    auto age = std::max<duration>(now.wall - crdt::wall_of(entry.placed_when),
                                  duration::zero());
    child.history.restore(placed->memory, placed->state == child_state::running,
                          age, now.at);
    // A takeover counts as a restart, so that one between members who cannot
    // agree slows down.
    delay = is_placed_here(id)
              ? child.history.current_delay(rng_)
              : child.history.ended(duration::zero(), now.at, rng_);
  }
  if (delay > duration::zero())
    return hold_back(child, delay, now);
  begin_start(child, child_state::placed, now);
}

/// We leave, and the child has ended here: the ring says who is next.
void scheduler::hand_over(const std::string& id, const child_entry& entry,
                          moment now) {
  auto choice = strategy_->choose(placement::wish{placement_key(id, entry)});
  auto who = std::get_if<const member_id*>(&choice);
  auto target = who != nullptr ? roster_.find(**who) : nullptr;
  if (target == nullptr || target->replica == replica_.id())
    return; // nobody to take it; the slow timer asks again
  auto record = *entry.placed;
  record.member = target->who;
  record.replica = target->replica;
  record.pid = {target->node.life, 0};
  record.state = child_state::placed;
  replica_.put(make_key(record_kind::placed, id), to_bytes(record),
               replica_.stamp_at(now));
}

} // namespace horde::scheduling
