// SPDX-License-Identifier: MIT
//
// Queries, answered from the replicated state.

#include <algorithm>

#include "horde/scheduling/scheduler.hpp"

namespace horde::scheduling {

namespace {

/// Requires: it is wanted.
child_info info_of(const std::string& id, const child_entry& entry,
                   bool owner_is_there) {
  child_info result;
  result.id = id;
  result.type = entry.wanted->type;
  result.kind = entry.wanted->kind;
  result.when = entry.wanted->when;
  if (!entry.placed)
    return result;
  result.member = entry.placed->member;
  result.attempt = entry.placed->attempt;
  result.crashes = entry.placed->crashes;
  result.last_end = entry.placed->last_end;
  // A child whose member is gone waits for its next one.
  if (!owner_is_there && !is_passive(*entry.placed))
    return result;
  result.state = entry.placed->state;
  if (entry.placed->pid)
    result.pid = entry.placed->pid;
  wall_time since{std::chrono::nanoseconds{entry.placed->since}};
  if (result.state == child_state::running)
    result.started = since;
  else if (result.state == child_state::quarantined)
    result.next_start = since;
  return result;
}

} // namespace

child_info scheduler::info_of(const std::string& id,
                              const child_entry& entry) const {
  auto is_owned = has_owner(entry);
  auto result = scheduling::info_of(id, entry, is_owned);
  if (!is_owned && result.state != child_state::passive)
    result.problem =
      gate_.is_open() ? problem_of_place(id, entry) : gate_.waits_for();
  return result;
}

std::vector<child_info> scheduler::children() const {
  std::vector<child_info> result;
  for (const auto& [id, entry] : table_.all())
    if (entry.wanted && !entry.is_for_each_member())
      result.push_back(info_of(id, entry));
  return result;
}

std::vector<child_info> scheduler::children_after(const std::string& id,
                                                  std::size_t limit) const {
  std::vector<child_info> result;
  const auto& all = table_.all();
  for (auto i = all.upper_bound(id); i != all.end() && result.size() < limit;
       ++i)
    if (i->second.wanted && !i->second.is_for_each_member())
      result.push_back(info_of(i->first, i->second));
  return result;
}

child_counts scheduler::counts() const {
  child_counts result;
  for (const auto& [id, entry] : table_.all()) {
    if (!entry.wanted || entry.is_for_each_member())
      continue;
    ++result.specs;
    ++(entry.wanted->kind == child_kind::worker ? result.workers
                                                : result.supervisors);
    if (entry.placed && is_passive(*entry.placed))
      ++result.passive;
    if (has_owner(entry) && entry.placed->state == child_state::running)
      ++result.active;
  }
  return result;
}

std::optional<horde::pid> scheduler::pid_of(const std::string& id) const {
  auto entry = table_.find(id);
  if (entry == nullptr || !entry->wanted || entry->is_for_each_member())
    return std::nullopt;
  return has_owner(*entry) ? entry->placed->pid : horde::pid{};
}

std::optional<child_info> scheduler::find(const std::string& id) const {
  auto entry = table_.find(id);
  if (entry == nullptr || !entry->wanted)
    return std::nullopt;
  return info_of(id, *entry);
}

std::size_t scheduler::local_children() const {
  const auto& all = locals_.all();
  return static_cast<std::size_t>(
    std::count_if(all.begin(), all.end(), [](const auto& x) {
      return x.second.is == phase::starting || x.second.is == phase::running;
    }));
}

} // namespace horde::scheduling
