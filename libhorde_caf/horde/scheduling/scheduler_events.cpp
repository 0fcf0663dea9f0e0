// SPDX-License-Identifier: MIT
//
// What is told of the lives of children, and their release by hand.

#include <sstream>

#include "horde/scheduling/reason.hpp"
#include "horde/scheduling/scheduler.hpp"

namespace horde::scheduling {

void scheduler::tell_lives(moment now) {
  for (auto& x : table_.log().take()) {
    if (x.at == wall_time{})
      x.at = now.wall;
    emit(std::move(x));
  }
}

/// It ended here, and others are to know why.
void scheduler::note_end(local_child& x, bool is_crash, std::string why) {
  if (is_crash)
    ++x.crashes;
  if (why.empty())
    why = is_crash ? "crashed" : "ended by itself";
  x.last_end = shortened(std::move(why), max_end_bytes - 3);
}

void scheduler::give_up(moment now) {
  draining_ = true;
  roster_.announce(replica_, member_status::shutting_down, now);
  members_dirty_ = true;
  auto limit = std::chrono::duration<double>(cfg_.member_max_seconds).count();
  std::ostringstream why;
  why << to_string(roster_.self())
      << " has more than member_max_restarts = " << *cfg_.member_max_restarts
      << " restarts within " << limit << " s";
  emit(gave_up{why.str()});
}

effects scheduler::release_child(const std::string& id, moment now,
                                 std::optional<failure>& problem) {
  auto entry = table_.find(id);
  if (entry == nullptr || !entry->wanted) {
    problem = failure{errc::not_found, "there is no child '" + id + "'"};
    return finish(now);
  }
  if (!entry->placed || !is_waiting(*entry->placed)) {
    problem = failure{errc::not_quarantined,
                      "child '" + id + "' does not wait in quarantine, it is "
                        + to_string(info_of(id, *entry).state)};
    return finish(now);
  }
  auto record = *entry->placed;
  record.state = child_state::placed; // see `is_released`
  record.memory = {};
  record.since = 0;
  replica_.put(membership::make_key(membership::record_kind::placed, id),
               to_bytes(record), replica_.stamp_at(now));
  return finish(now);
}

} // namespace horde::scheduling
