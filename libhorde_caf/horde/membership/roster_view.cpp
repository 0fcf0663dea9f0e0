// SPDX-License-Identifier: MIT
//
// What follows for the member list from what is known of members and nodes.

#include <algorithm>

#include "horde/membership/roster.hpp"

namespace horde::membership {

member_status roster::status_of(const self_record& record) const {
  if (record.replica == self_replica_)
    return mine_;
  if (is_gone_for_good(record))
    return member_status::dead;
  auto node = state_of(record.node.life);
  if (!node) // heard of it through others only
    return record.status;
  switch (*node) {
  case node_state::up: return record.status;
  case node_state::suspect: return member_status::suspect;
  case node_state::down:
  case node_state::left: return member_status::dead;
  }
  return record.status;
}

bool roster::is_gone_for_good(const self_record& record) const {
  if (record.replica == self_replica_)
    return false;
  auto newest = newest_nodes_.find(record.node.name);
  return stopped_.contains(record.replica)
         || state_of(record.node.life) == node_state::left
         || (newest != newest_nodes_.end()
             && newest->second > record.node.life);
}

bool roster::is_gone_for_good(replica_id who) const {
  auto is_its = [who](const auto& x) { return x.second.replica == who; };
  auto record = std::ranges::find_if(records_, is_its);
  return record == records_.end() || is_gone_for_good(record->second);
}

bool roster::refresh(moment now) {
  std::vector<member_info> next;
  auto listed = listed_;
  for (const auto& [who, record] : records_)
    if (is_visiting(record))
      listed.insert(who);
  next.reserve(listed.size());
  for (const auto& who : listed) {
    if (is_removed(who))
      continue;
    auto& x = next.emplace_back();
    x.who = who;
    if (auto record = records_.find(who); record != records_.end()) {
      x.status = status_of(record->second);
      x.node = record->second.node;
      x.replica = record->second.replica;
      x.labels = record->second.traits.labels;
      x.weight = record->second.traits.weight;
      x.linked = x.replica == self_replica_ || linked_.contains(x.replica);
    }
    auto before = find(who);
    auto is_same = before != nullptr && before->status == x.status
                   && before->replica == x.replica;
    x.since = is_same ? before->since : now.wall;
  }
  auto departed = superseded_;
  for (const auto& [who, record] : records_)
    if (is_gone_for_good(record) || is_removed(who)
        || (!listed_.contains(who) && status_of(record) == member_status::dead))
      departed.insert(record.replica);
  auto changed = members_ != next || departed_ != departed;
  version_ += changed ? 1 : 0;
  members_ = std::move(next);
  places_.clear();
  for (std::size_t i = 0; i < members_.size(); ++i)
    if (members_[i].status != member_status::uninitialized)
      places_.emplace(members_[i].replica, i);
  departed_ = std::move(departed);
  return changed;
}

} // namespace horde::membership
