// SPDX-License-Identifier: MIT

#include "horde/scheduling/location.hpp"

namespace horde::scheduling {

namespace {

bool is_superseded(const placed_record& x, const membership::roster& members) {
  if (x.member == members.self())
    return true; // an earlier life of ourselves
  auto now = members.find(x.member);
  return now != nullptr && now->replica != replica_id{}
         && now->replica != x.replica && now->node.life > x.pid.node;
}

/// The member has a newer life, which we cannot ask yet whether it brings its
/// children back, from its store.
bool may_return(const placed_record& x, const membership::roster& members) {
  auto home = members.find(x.member);
  if (home == nullptr || home->replica == replica_id{})
    return false;
  if (home->replica == x.replica)
    return members.is_returning(*home);
  return home->status == member_status::alive && !home->linked
         && home->node.life > x.pid.node;
}

/// Its node is there, and only the member has another replica now, or is about
/// to say so: then it began anew and still runs its children. Or it was
/// stopped; who waits finds out.
bool may_go_on(const placed_record& x, const membership::roster& members) {
  auto node = members.state_of(x.pid.node);
  if (node != node_state::up && node != node_state::suspect)
    return false;
  auto home = members.find(x.member);
  return home != nullptr && x.member != members.self()
         && home->node.life == x.pid.node
         && (home->replica != x.replica || members.has_stopped(x.replica));
}

} // namespace

location locate(const placed_record& x, const membership::roster& members,
                replica_id self) {
  if (x.replica == self)
    return location::here;
  if (may_return(x, members) || may_go_on(x, members))
    return location::unknown;
  if (members.departed().contains(x.replica) || members.has_stopped(x.replica)
      || is_superseded(x, members))
    return location::gone;
  if (auto listed = members.find(x.replica))
    return listed->status == member_status::dead ? location::gone
                                                 : location::there;
  auto node = members.state_of(x.pid.node);
  if (!node)
    return location::unknown;
  switch (*node) {
  case node_state::up:
  case node_state::suspect: return location::there;
  case node_state::down:
  case node_state::left: return location::gone;
  }
  return location::unknown;
}

} // namespace horde::scheduling
