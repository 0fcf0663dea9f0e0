// SPDX-License-Identifier: MIT
//
// Replicas that are forgotten and begin anew: the same machine goes on under
// another id, and so does what was sent to the former one. Others link it again
// sooner or later, as it links them. Its owner writes at once what it stands
// for.

#include <algorithm>
#include <utility>

#include "sim/message_kind.hpp"
#include "sim/replica_sim.hpp"

namespace horde::sim {

using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t writes_after_renewal = 3; ///< at most

} // namespace

void replica_sim::perform(const acts::forget& x) {
  auto who = running_at(x.who);
  if (!who)
    return;
  std::vector<replica_id> theirs;
  for (const auto& y : sites_)
    if (y.at == x.other)
      theirs.push_back(y.id);
  if (x.back >= theirs.size())
    return;
  auto id = theirs[theirs.size() - 1 - x.back];
  auto& machine = *sites_[*who].machine;
  if ((x.mistaken == 0 && !is_long_gone(*who, id))
      || !machine.forget(id, now_at(*who)))
    return;
  model_.has_forgotten(*who, id);
  finish(*who);
}

bool replica_sim::is_long_gone(site_no x, replica_id who) const {
  auto all = sites_[x].machine->neighbours();
  if (std::ranges::find(all, who) != all.end())
    return false;
  const auto& parted_at =
    hosts_[static_cast<std::size_t>(sites_[x].at)].parted_at;
  auto parted = parted_at.find(who);
  auto since =
    parted == parted_at.end() ? sites_[site_of(who)].born : parted->second;
  return now_ - since >= config_.young_for;
}

site_no replica_sim::present(site_no x) const {
  while (sites_[x].renewed_as)
    x = *sites_[x].renewed_as;
  return x;
}

std::optional<replica_sim::former_self>
replica_sim::self_before(site_no x, const std::string& bytes) const {
  if (!is_a<sync::stance>(bytes) && !is_a<sync::judgement>(bytes))
    return std::nullopt;
  const auto& machine = *sites_[x].machine;
  return former_self{machine.map().seen(), machine.neighbours()};
}

site_no replica_sim::renew(site_no x, const former_self& before,
                           const sync::step& told) {
  model_.has_begun_anew(x, before.seen, told);
  ++renewals_;
  auto result = sites_.size();
  if (result == replica_model::most_sites) {
    model_.fail("replicas begin anew again and again");
    return x;
  }
  auto machine = sites_[x].machine;
  auto at = sites_[x].at;
  sites_[x].renewed_as = result;
  sites_.push_back({machine, machine->id(), at, now_});
  numbers_[machine->id()] = result;
  host_of(at).runs = result;
  model_.started(*machine);
  // Weights fall after half of the time that the departed are remembered. To
  // meet in a few rounds takes less.
  auto longest = 1 + scenario_.params.remembered_ms * 1'000 / 8;
  auto sometime = [&](site_no y) {
    auto us = mix(mix(scenario_.seed, result), y) % longest;
    return now_ + std::chrono::microseconds{us};
  };
  for (auto id : before.neighbours) {
    host_of(at).parted_at[id] = now_;
    errands_.emplace(sometime(~site_of(id)), errand{result, site_of(id), true});
  }
  for (auto y : alive())
    if (y != result)
      errands_.emplace(sometime(y), errand{y, x, false});
  return result;
}

void replica_sim::write_again(site_no x) {
  auto random = mix(~scenario_.seed, x);
  for (std::uint64_t i = 0; i < random % (writes_after_renewal + 1); ++i)
    perform(acts::put{sites_[x].at, mix(random, i) % scenario_.params.keys,
                      mix(random, ~i)});
  finish(x);
}

void replica_sim::run_errands() {
  while (!errands_.empty() && errands_.begin()->first <= now_) {
    auto what = errands_.extract(errands_.begin()).mapped();
    auto who = present(what.who);
    auto other = present(what.other);
    if (!is_alive(who))
      continue;
    auto& machine = *sites_[who].machine;
    auto all = machine.neighbours();
    auto former = sites_[what.other].id;
    auto was_linked = std::ranges::find(all, former) != all.end();
    if (was_linked && other != what.other)
      unlink(who, former);
    if (is_alive(other) && (was_linked || what.links_anew)
        && (!is_healing_ || is_wanted(sites_[who].at, sites_[other].at)))
      machine.neighbour_up(sites_[other].id, now_at(who));
    finish(who);
  }
}

} // namespace horde::sim
