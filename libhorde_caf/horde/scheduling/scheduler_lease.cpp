// SPDX-License-Identifier: MIT
//
// With a strategy that needs quorum: children run here only while this member
// has a lease, and each start waits until a quorum agrees. See
// lease_keeper.hpp.

#include "horde/overload.hpp"
#include "horde/scheduling/scheduler.hpp"

namespace horde::scheduling {

namespace {

std::string placed_key(const std::string& id) {
  return membership::make_key(membership::record_kind::placed, id);
}

} // namespace

scheduler::scheduler(config cfg, replica_id self, std::uint64_t seed)
    : scheduler_state(std::move(cfg), self, seed) {
  make_lease();
}

void scheduler::make_lease() {
  if (!strategy_->needs_quorum())
    return;
  table_.count_by_token();
  auto has_quorum = [this](const auto& list) {
    return strategy_->has_quorum(list);
  };
  lease_keeper::facts known{
    [this](const std::string& id) { return recorded_copies(id); },
    [this](replica_id x) { return may_be_fenced(x); }};
  lease_ = std::make_unique<lease_keeper>(cfg_.lease, std::move(has_quorum),
                                          std::move(known));
}

std::vector<known_copy>
scheduler::recorded_copies(const std::string& id) const {
  std::vector<known_copy> result;
  auto child = locals_.find(id);
  if (child != nullptr && !child->claiming && child->is != phase::waiting
      && child->is != phase::fetching)
    result.push_back({replica_.id(), child->attempt, false}); // not by the map
  for (const auto& x : replica_.versions(placed_key(id)))
    if (auto record = decode_placed(x.value))
      result.push_back({record->replica, record->attempt,
                        record->state != child_state::placed});
  return result;
}

/// A wrong yes costs that member its lease, no more.
bool scheduler::may_be_fenced(replica_id who) const {
  if (who == replica_.id() || linked_.contains(who))
    return false;
  auto listed = roster_.find(who);
  return listed == nullptr || listed->status == member_status::dead;
}

/// Requires: it is no record of what runs here now.
bool scheduler::has_ended(const placed_record& x, moment now) {
  return is_passive(x) || x.pid.node == roster_.node().life
         || (may_be_fenced(x.replica)
             && lease_->may_take_over(x.replica, now.at));
}

/// May all that is recorded of it be written over? True also for a child that
/// nobody ever had: its start is claimed.
bool scheduler::may_take_over(const std::string& id, moment now) {
  bool result = true;
  if (lease_)
    for (const auto& x : replica_.versions(placed_key(id)))
      if (auto record = decode_placed(x.value))
        result = has_ended(*record, now) && result; // asks for all at a time
  return result;
}

/// Takes out what has ended for sure, ours or all.
void scheduler::erase_ended(const std::string& id, moment now, bool only_ours) {
  std::vector<crdt::dot> ended;
  for (const auto& x : replica_.versions(placed_key(id))) {
    auto record = decode_placed(x.value);
    if (!record || record->pid.node == roster_.node().life
        || (!only_ours && has_ended(*record, now)))
      ended.push_back(x.id);
  }
  if (!ended.empty())
    replica_.erase(placed_key(id), ended);
}

/// A claim is granted to whom the child is placed on.
void scheduler::place_here(const std::string& id, const child_entry& entry,
                           moment now) {
  auto here = roster_.find(roster_.self());
  if (lease_ && !is_placed_here(id) && here != nullptr)
    place_on(*here, id, entry, now);
}

void scheduler::receive_lease(replica_id from, const operation& x, moment now) {
  bool is_malformed = lease_ == nullptr;
  if (lease_)
    if (auto answer = lease_->receive(from, x, is_malformed, now.at))
      send(from, *answer);
  refused_messages_ += is_malformed ? 1 : 0;
}

/// Returns true if there is something to do about children.
bool scheduler::keep_lease(moment now) {
  if (!lease_)
    return false;
  auto news = lease_->step(now.at);
  for (const auto& x : news.posts)
    for (auto to : linked_)
      if (!x.to || *x.to == to)
        send(to, x.what);
  if (had_lease_ && !lease_->holds(now.at))
    for (const auto& [id, child] : locals_.all())
      kill(*locals_.find(id));
  had_lease_ = lease_->holds(now.at);
  for (const auto& id : news.lost)
    if (auto child = locals_.find(id))
      kill(*child);
  for (const auto& x : news.granted)
    start_claimed(x, now);
  if (news.may_take_over)
    owed_ = table_.size();
  return news.may_take_over || !news.granted.empty();
}

void scheduler::start_claimed(const claim& x, moment now) {
  auto child = locals_.find(x.id);
  if (child == nullptr || !child->claiming)
    return lease_->drop(x.id);
  child->claiming = false;
  child->attempt = x.attempt;
  emit(scheduling::start_child{child->start, child->spec, child->attempt,
                               child->state});
  if (!child->fresh)
    write_placed(*child, child_state::restarting, now);
}

/// Whatever its shutdown says. The records stay as they are: it is started
/// again when there is a lease, here or elsewhere.
void scheduler::kill(local_child& x) {
  if (x.killed || x.claiming || x.is == phase::waiting
      || x.is == phase::fetching)
    return;
  mark(x.spec.id);
  x.killed = true;
  if (x.is == phase::starting)
    emit(abandon_start{x.start});
  else if (x.actor != 0)
    emit(stop_child{
      x.start, {shutdown_kind::brutal_kill, {}}, "this member has no quorum"});
  x.is = phase::stopping;
}

void scheduler::remove_local(const std::string& id) {
  locals_.erase(id);
  if (lease_)
    lease_->drop(id);
}

failure scheduler::no_quorum_to_set_members() const {
  const auto& self = cfg_.roster.self;
  const auto& all = roster_.members();
  auto there = std::ranges::count_if(all, membership::is_there);
  auto stand = roster_.is_member()
                 ? " reaches " + std::to_string(there) + " of the "
                 : std::string{" is none of the "};
  return {errc::quorum_not_met,
          to_string(self) + stand + std::to_string(all.size())
            + " members of horde '" + self.horde
            + "': ask a member on the side with quorum, or force the change if "
              "that side is lost for good"};
}

} // namespace horde::scheduling
