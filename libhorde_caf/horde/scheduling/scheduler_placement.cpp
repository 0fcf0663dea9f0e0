// SPDX-License-Identifier: MIT
//
// Where children go: asks the strategy for those that are started or leave, and
// as arbiter for those that nobody has.

#include "horde/scheduling/scheduler.hpp"

namespace horde::scheduling {

placement::choice scheduler::choose_for(const placement::wish& x) {
  return ask_strategy(x, strategy_->needs_draw() ? rng_() : 0);
}

placement::choice scheduler::ask_strategy(const placement::wish& x,
                                          std::uint64_t draw) const {
  const auto& load = table_.load();
  auto of_group = load.of_group(x.place.group);
  return strategy_->choose(x, {load.children(), of_group, draw});
}

std::string scheduler::problem_of_place(const std::string& id,
                                        const child_entry& entry) const {
  auto choice = ask_strategy(wish_of(id, entry), 0);
  auto problem = std::get_if<failure>(&choice);
  return problem != nullptr ? std::move(problem->what) : std::string{};
}

outcome<placement::plan> scheduler::plan(supervision::child_spec spec) {
  load_table load = table_.load();
  auto explain = [&](const placement::wish& x) {
    auto of_group = load.of_group(x.place.group);
    return strategy_->explain(x, {load.children(), of_group, rng_()});
  };
  if (!spec.id.empty() && spec.type.empty()) {
    auto entry = table_.find(spec.id);
    if (entry == nullptr || !entry->wanted)
      return failure{errc::not_found, "there is no child '" + spec.id + "'"};
    if (entry->placed) // it is not in its own way
      load.remove(entry->placed->member, entry->wanted->where().group);
    return explain(wish_of(spec.id, *entry));
  }
  if (auto problem = supervision::validate(spec))
    return *problem;
  if (spec.id.empty())
    spec.id = made_id(rng_);
  return explain(wish_of(spec));
}

// -- children on their way ---------------------------------------------------

void scheduler::count(start_request& x, const member_id& where) {
  uncount(x);
  x.counted_at = where;
  table_.load().add(where, x.spec.place.group);
}

void scheduler::uncount(start_request& x) {
  if (auto where = std::exchange(x.counted_at, std::nullopt))
    table_.load().remove(*where, x.spec.place.group);
}

// -- children that nobody has ------------------------------------------------

bool scheduler::decides(const std::string& id, const child_entry& entry) const {
  auto wish = wish_of(id, entry);
  if (!strategy_->places(wish))
    return false;
  if (auto home = home_of(entry))
    return home->who == roster_.self();
  if (!gate_.is_open())
    return false;
  auto who = arbiter_.of(wish.key);
  return who != nullptr && *who == roster_.self();
}

const member_info* scheduler::home_of(const child_entry& entry) const {
  auto home = entry.placed ? roster_.find(entry.placed->member) : nullptr;
  auto is_home = home != nullptr && home->linked
                 && home->status == member_status::alive
                 && home->node.life > entry.placed->pid.node;
  return is_home ? home : nullptr;
}

void scheduler::take_over(const std::string& id, const child_entry& entry,
                          moment now) {
  auto wish = wish_of(id, entry);
  // Who was restarted has the first say: it may run it already.
  if (home_of(entry) != nullptr && strategy_->fits(roster_.self(), wish))
    return adopt(id, entry, now);
  auto choice = choose_for(wish);
  auto who = std::get_if<const member_id*>(&choice);
  if (who == nullptr)
    return; // it waits until somebody fits; the slow timer asks again
  if (**who == roster_.self())
    return adopt(id, entry, now);
  auto target = roster_.find(**who);
  if (target == nullptr)
    return;
  auto next = entry;
  if (next.placed) {
    auto history = history_of(entry, now);
    history.ended(duration::zero(), now.at, rng_); // see `adopt`
    next.placed->memory = history.memory(now.at);
    next.placed->last_end = end_by_move(*next.placed, node_ended);
  }
  place_on(*target, id, next, now);
}

/// It is to leave us, and has ended here.
void scheduler::hand_over(const std::string& id, const child_entry& entry,
                          moment now) {
  if (!may_take_over(id, now))
    return;
  if (auto target = next_owner(id, entry)) {
    auto next = entry;
    if (next.placed) {
      next.placed->last_end =
        end_by_move(*next.placed, is_leaving() ? member_left : moved_away);
      add_state(id, *next.placed);
    }
    return place_on(*target, id, next, now);
  }
  if (is_leaving())
    return;       // nobody to take it; the slow timer asks again
  moves_.end(id); // then it stays
  mark(id);
}

void scheduler::place_on(const member_info& target, const std::string& id,
                         const child_entry& entry, moment now) {
  auto record = entry.placed.value_or(placed_record{});
  if (!entry.placed)
    record.started_by = entry.wanted->started_by;
  record.member = target.who;
  record.replica = target.replica;
  record.pid = {target.node.life, 0};
  record.state = child_state::placed;
  record.since = 0;
  replica_.put(membership::make_key(membership::record_kind::placed, id),
               to_bytes(record), replica_.stamp_at(now));
}

} // namespace horde::scheduling
