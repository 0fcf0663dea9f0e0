// SPDX-License-Identifier: MIT
//
// What follows for the member list from what is known of members and nodes.

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

bool roster::refresh() {
  std::vector<member_info> next;
  next.reserve(listed_.size());
  for (const auto& who : listed_) {
    auto record = records_.find(who);
    if (record == records_.end()) {
      next.push_back({who, member_status::uninitialized, {}, {}, false});
      continue;
    }
    const auto& x = record->second;
    next.push_back({who, status_of(x), x.node, x.replica,
                    x.replica == self_replica_ || linked_.contains(x.replica)});
  }
  auto departed = superseded_;
  for (const auto& [who, record] : records_)
    if (is_gone_for_good(record)
        || (!listed_.contains(who) && status_of(record) == member_status::dead))
      departed.insert(record.replica);
  auto changed = members_ != next || departed_ != departed;
  members_ = std::move(next);
  places_.clear();
  for (std::size_t i = 0; i < members_.size(); ++i)
    if (members_[i].status != member_status::uninitialized)
      places_.emplace(members_[i].replica, i);
  departed_ = std::move(departed);
  return changed;
}

} // namespace horde::membership
