// SPDX-License-Identifier: MIT
//
// Children that move though they run well: a plan of what should move is made
// by one member for all, which tells each owner; the owner ends its copy and
// hands the child over, a few at a time. If an order is lost, the child stays
// where it is until the next plan.

#include <algorithm>

#include "horde/scheduling/scheduler.hpp"

namespace horde::scheduling {

namespace {

/// Of the ids in one message. It fits into any operation then.
constexpr std::size_t most_bytes = 16 * 1024;

std::vector<member_id> alive_among(const std::vector<member_info>& view) {
  std::vector<member_id> result;
  for (const auto& x : view)
    if (x.status == member_status::alive)
      result.push_back(x.who);
  std::ranges::sort(result);
  return result;
}

} // namespace

// -- plans -------------------------------------------------------------------

std::vector<planned_move>
scheduler::plan_moves(const std::vector<member_info>& members,
                      bool rebalances) const {
  auto strategy = cfg_.make_strategy();
  strategy->prepare(members);
  auto alive = alive_among(members);
  auto load = table_.load();
  load.prepare(members);
  std::vector<planned_move> result;
  for (const auto& [id, entry] : table_.all()) {
    if (!entry.wanted || !entry.placed)
      continue;
    const auto& from = entry.placed->member;
    auto stays = std::ranges::binary_search(alive, from);
    auto may_move =
      rebalances && entry.wanted->movable && !entry.wanted->ends_with_its_node;
    if (stays && !may_move)
      continue;
    auto wish = wish_of(id, entry);
    load.remove(from, wish.place.group); // it is not in its own way
    auto of_group = load.of_group(wish.place.group);
    placement::conditions now{load.children(), of_group, wish.hash};
    auto choice = strategy->choose(wish, now);
    auto to = std::get_if<const member_id*>(&choice);
    auto moves = to != nullptr && **to != from
                 && (!stays || strategy->improves(from, **to, wish, now));
    load.add(moves ? **to : from, wish.place.group);
    if (moves)
      result.push_back({id, from, **to, {}});
    else if (!stays && to == nullptr)
      result.push_back({id, from, {}, std::get<failure>(choice).what});
  }
  return result;
}

std::vector<planned_move>
scheduler::plan_without(const std::vector<std::string>& nodes,
                        const std::vector<member_info>& more,
                        bool rebalances) const {
  auto members = view_;
  for (auto& x : members)
    if (std::ranges::find(nodes, x.who.node) != nodes.end())
      x.status = member_status::dead;
  for (auto x : more) {
    x.status = member_status::alive;
    members.push_back(std::move(x));
  }
  return plan_moves(members, rebalances);
}

std::vector<planned_move> scheduler::plan_rebalance() const {
  return plan_moves(view_, true);
}

effects scheduler::rebalance(std::vector<planned_move>& plan, moment now) {
  plan = plan_rebalance();
  order(plan);
  return finish(now);
}

// -- orders ------------------------------------------------------------------

void scheduler::order(const std::vector<planned_move>& plan) {
  std::map<member_id, move_children> orders;
  std::map<member_id, std::size_t> sizes;
  auto send_to = [&](const member_id& who, move_children& x) {
    auto owner = roster_.find(who);
    if (owner != nullptr && owner->linked)
      send(owner->replica, std::exchange(x, {}));
    sizes[who] = 0;
  };
  for (const auto& x : plan) {
    if (x.to == member_id{})
      continue;
    if (x.from == roster_.self()) {
      take_order({x.id, x.to});
      continue;
    }
    auto& its = orders[x.from];
    its.moves.push_back({x.id, x.to});
    sizes[x.from] += x.id.size() + x.to.horde.size() + x.to.node.size() + 16;
    if (sizes[x.from] >= most_bytes)
      send_to(x.from, its);
  }
  for (auto& [who, its] : orders)
    if (!its.moves.empty())
      send_to(who, its);
}

void scheduler::on_order(const move_children& x) {
  for (const auto& move : x.moves)
    take_order(move);
}

void scheduler::take_order(const ordered_move& x) {
  auto entry = table_.find(x.id);
  if (is_ours(x.id) && entry->wanted->movable
      && !entry->wanted->ends_with_its_node && x.to != roster_.self())
    moves_.add(x.id, x.to);
}

void scheduler::begin_moves() {
  for (const auto& id : moves_.begin())
    mark(id);
}

/// Where a child goes that leaves us, if somebody else may have it.
const member_info* scheduler::next_owner(const std::string& id,
                                         const child_entry& entry) {
  auto wish = wish_of(id, entry);
  if (auto ordered = moves_.target(id); ordered != nullptr && !is_leaving()) {
    auto target = roster_.find(*ordered);
    if (target != nullptr && target->linked && strategy_->fits(*ordered, wish))
      return target;
  }
  auto choice = choose_for(wish);
  auto who = std::get_if<const member_id*>(&choice);
  auto target = who != nullptr ? roster_.find(**who) : nullptr;
  return target != nullptr && target->replica != replica_.id() ? target
                                                               : nullptr;
}

// -- by themselves -----------------------------------------------------------

/// One member plans for all, after a moment in which more may come.
void scheduler::note_newcomers(const std::vector<member_info>& view) {
  auto before = alive_among(view_);
  auto after = alive_among(view);
  auto is_new = [&](const member_id& x) {
    return !std::ranges::binary_search(before, x);
  };
  if (cfg_.redistribution == redistribution::active && !before.empty()
      && std::ranges::any_of(after, is_new))
    rebalance_at_ = last_step_ + cfg_.rebalance_after;
}

void scheduler::rebalance_if_due(moment now) {
  if (now.at < rebalance_at_)
    return;
  rebalance_at_ = never;
  auto alive = alive_among(view_);
  if (!alive.empty() && alive.front() == roster_.self())
    order(plan_rebalance());
}

} // namespace horde::scheduling
