// SPDX-License-Identifier: MIT
//
// Should and is: collects the facts about one child, asks the judge and does
// what it says. Safe to run at any time and any number of times.

#include <algorithm>

#include "horde/scheduling/scheduler.hpp"

namespace horde::scheduling {

void scheduler::review(const std::string& id, moment now) {
  auto entry = table_.find(id);
  // Which of several versions counts depends on who is there.
  if (entry != nullptr && entry->placed_versions > 1) {
    reread(id);
    entry = table_.find(id);
  }
  static const child_entry nothing;
  const auto& known = entry != nullptr ? *entry : nothing;
  if (known.is_for_each_member() || copied_.contains(id))
    review_copy(id, known, now);
  check_hand_off(id, known, now);
  act(judge(situation_of(id, known, now)), id, known, now);
  for (const auto& request : starts_.of_child(id))
    pursue(request, now);
  check_terminates(id);
  after_copy(id);
}

situation scheduler::situation_of(const std::string& id,
                                  const child_entry& entry, moment now) {
  situation result;
  auto child = locals_.find(id);
  result.wanted = entry.wanted && !entry.is_for_each_member();
  result.local = holding_of(child);
  // Its start waits until nothing is left of an earlier child of this id.
  if (!result.wanted && child != nullptr && child->fresh && child->claiming)
    result.local = holding::none;
  result.leaving = is_leaving();
  result.moves = moves_.target(id) != nullptr;
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
  // Others cannot know that our former self has it no more.
  if (result.where == whereabouts::gone && result.leaving
      && entry.placed->member == roster_.self())
    result.where = whereabouts::here;
  result.passive = entry.placed && is_passive(*entry.placed);
  if (result.moves
      && (!entry.wanted || result.where != whereabouts::here
          || result.passive)) {
    moves_.end(id);
    result.moves = false;
  }
  if (odd && !result.settled)
    review_due_.set_at_latest(id,
                              table_.find(id)->odd_since + cfg_.settle_after);
  if (entry.wanted) {
    result.temporary = entry.wanted->ends_with_its_node;
    result.outdated =
      child != nullptr
      && (child->spec_hash != entry.wanted->spec_hash
          || (entry.placed && entry.placed->attempt > child->attempt));
  }
  // The only costly fact, and seldom needed.
  if (result.where == whereabouts::gone || result.where == whereabouts::nowhere)
    result.decides =
      is_informed(now.at) && decides(id, entry) && may_take_over(id, now);
  return result;
}

void scheduler::act(verdict x, const std::string& id, const child_entry& entry,
                    moment now) {
  switch (x) {
  case verdict::keep: return keep(id, entry, now);
  case verdict::stop:
    return stop(*locals_.find(id),
                entry.wanted ? "it moves or runs elsewhere" : "terminated",
                now);
  case verdict::erase: return erase_placed(id, now);
  case verdict::drop: return end_for_good(id, now);
  case verdict::start: return adopt(id, entry, now);
  case verdict::take_over: return take_over(id, entry, now);
  case verdict::claim: return say_it_is_here(id, entry, now);
  case verdict::hand_over: return hand_over(id, entry, now);
  }
}

void scheduler::say_it_is_here(const std::string& id, const child_entry& entry,
                               moment now) {
  const auto& child = *locals_.find(id);
  if (!child.claiming)
    write_placed(child, state_of(child.is), now);
  else if (may_take_over(id, now)) // nobody agreed yet
    place_here(id, entry, now);
}

/// Nothing to decide: only small repairs of a child that is ours.
void scheduler::keep(const std::string& id, const child_entry& entry,
                     moment now) {
  auto child = locals_.find(id);
  if (child == nullptr && entry.placed_versions > 1 && !lease_)
    erase_former(id);
  if (child != nullptr && !entry.wanted && child->is == phase::stopping)
    end_export(*child, failure{errc::not_found, "it is not wanted"}, now);
  // Nobody else may take it out before it is sure that we have no copy.
  if (child == nullptr && lease_ && !is_placed_here(id))
    erase_ended(id, now, true);
  if (child == nullptr || !entry.wanted || !is_placed_here(id))
    return;
  if (child->is == phase::fetching)
    return go_on_fetching(*child, now);
  if (child->is == phase::waiting) {
    if (is_released(*entry.placed)) {
      child->history = supervision::restart_history{limits_of(cfg_)};
      return begin_start(*child, child_state::restarting, now);
    }
    if (now.at < child->since)
      return review_due_.set_at_latest(id, child->since);
    return begin_start(*child, child_state::quarantined, now);
  }
  // What others recorded is in our way until it is sure that they have no copy.
  if (child->claiming && entry.placed_versions > 1) {
    auto here = roster_.find(roster_.self());
    if (here == nullptr || !may_take_over(id, now))
      return;
    auto next = entry;
    for (const auto& x : recorded_copies(id))
      next.placed->attempt = std::max(next.placed->attempt, x.attempt);
    return place_on(*here, id, next, now);
  }
  // Of concurrent versions ours won, or somebody else wrote it: say it again.
  if (child->is == phase::running
      && (entry.placed_versions > 1 || entry.placed->pid.actor != child->actor))
    write_placed(*child, child_state::running, now);
}

supervision::restart_history scheduler::history_of(const child_entry& entry,
                                                   moment now) const {
  supervision::restart_history result{limits_of(cfg_)};
  if (const auto& placed = entry.placed) {
    auto age = std::max<duration>(now.wall - crdt::wall_of(entry.placed_when),
                                  duration::zero());
    result.restore(placed->memory, placed->state == child_state::running, age,
                   now.at);
  }
  return result;
}

/// Starts here what should run here and does not.
void scheduler::adopt(const std::string& id, const child_entry& entry,
                      moment now) {
  auto newest = newest_wanted(replica_, id);
  if (!newest)
    return;
  local_child fresh{.spec = std::move(newest->record.spec),
                    .spec_hash = newest->spec_hash,
                    .started_by = newest->record.started_by,
                    .history = history_of(entry, now),
                    .info = {}};
  place_here(id, entry, now);
  auto& child = locals_.add(std::move(fresh));
  auto delay = duration::zero();
  if (const auto& placed = entry.placed) {
    child.attempt = placed->attempt;
    find_state(child, *placed);
    child.started_by = placed->started_by;
    child.crashes = placed->crashes;
    auto is_known = is_placed_here(id) || is_passive(*placed);
    child.last_end =
      is_known ? placed->last_end : end_by_move(*placed, node_ended);
    // A takeover counts as a restart, so that one between members who cannot
    // agree slows down.
    delay = is_known ? child.history.current_delay(rng_)
                     : child.history.ended(duration::zero(), now.at, rng_);
  }
  if (delay > duration::zero())
    return hold_back(child, delay, now);
  begin_start(child, child_state::placed, now);
}

} // namespace horde::scheduling
