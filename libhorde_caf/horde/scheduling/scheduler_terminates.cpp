// SPDX-License-Identifier: MIT
//
// Callers who terminate children. Erasing `wanted` is all it takes: it beats
// every restart and reaches an absent owner when it returns. The rest is
// telling the caller when the child is gone.

#include "horde/scheduling/scheduler.hpp"

namespace horde::scheduling {

namespace {

failure not_found(std::string what) {
  return {errc::not_found, "there is no child " + std::move(what)};
}

} // namespace

effects scheduler::terminate_child(token caller, const std::string& id,
                                   moment now) {
  terminate(caller, id, now);
  return finish(now);
}

effects scheduler::terminate_child(token caller, const horde::pid& who,
                                   moment now) {
  if (auto id = table_.find(who))
    terminate(caller, *id, now);
  else
    emit(answer_terminate{caller, not_found(to_string(who))});
  return finish(now);
}

void scheduler::terminate(token caller, const std::string& id, moment now) {
  auto entry = table_.find(id);
  if (entry == nullptr || !entry->wanted) {
    emit(answer_terminate{caller, not_found("'" + id + "'")});
    return;
  }
  if (terminates_.size() >= cfg_.max_requests) {
    emit(answer_terminate{
      caller, failure{errc::refused, "max_requests terminates wait already"}});
    return;
  }
  auto patience = cfg_.terminate_deadline;
  if (auto newest = newest_wanted(replica_, id)) {
    const auto& shutdown = newest->record.spec.shutdown;
    patience +=
      shutdown.kind == shutdown_kind::timed ? shutdown.grace : duration::zero();
  }
  erase_wanted(id);
  if (entry->placed && is_passive(*entry->placed))
    erase_placed(id, now); // nobody runs it, so nobody else would
  terminates_.add(
    {caller, id, replica_.sequence(), now.at + cfg_.replicate_at_most},
    now.at + patience);
  mark(id);
}

/// It is here, or on a member that we reach: its end will come.
bool scheduler::is_awaited(const placed_record& x) const {
  auto where = locate(x);
  auto owner = roster_.find(x.replica);
  auto is_suspect = owner != nullptr && owner->status == member_status::suspect;
  return where == location::here
         || (where == location::there && !is_suspect
             && linked_.contains(x.replica));
}

/// Moves those who wait for the end of `id` on, if it is gone or out of reach.
void scheduler::check_terminates(const std::string& id) {
  if (!terminates_.waits_for(id))
    return;
  auto entry = table_.find(id);
  // `wanted` again: somebody started it anew, ours has ended or will.
  if (entry != nullptr && !entry->wanted && entry->placed
      && is_awaited(*entry->placed))
    return;
  if ((entry == nullptr || !entry->wanted) && has_copies(id))
    return;
  for (auto& x : terminates_.take(id))
    terminates_.await_replication(std::move(x));
}

void scheduler::expire_terminates(moment now) {
  for (const auto& x : terminates_.take_due(now.at)) {
    auto entry = table_.find(x.child);
    auto where = entry != nullptr && entry->placed
                   ? " on " + to_string(entry->placed->member)
                   : std::string{};
    emit(answer_terminate{
      x.caller,
      failure{errc::timeout, "child '" + x.child
                               + "' was told to stop and still runs" + where}});
  }
}

/// The children were told to stop; we do not stay to see it.
void scheduler::refuse_terminates() {
  for (const auto& child : terminates_.children())
    for (const auto& x : terminates_.take(child))
      emit(answer_terminate{x.caller, refusal()});
}

} // namespace horde::scheduling
