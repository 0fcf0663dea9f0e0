// SPDX-License-Identifier: MIT
//
// What a scheduler knows: its parts, and where it is in what it does.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "horde/membership/roster.hpp"
#include "horde/placement/arbiter.hpp"
#include "horde/scheduling/absentees.hpp"
#include "horde/scheduling/child_table.hpp"
#include "horde/scheduling/config.hpp"
#include "horde/scheduling/effects.hpp"
#include "horde/scheduling/hand_offs.hpp"
#include "horde/scheduling/lease_keeper.hpp"
#include "horde/scheduling/local_children.hpp"
#include "horde/scheduling/move_queue.hpp"
#include "horde/scheduling/recent.hpp"
#include "horde/scheduling/requests.hpp"
#include "horde/scheduling/start_gate.hpp"
#include "horde/supervision/restart_window.hpp"
#include "horde/sync/replica.hpp"

namespace horde::scheduling {

class scheduler_state {
protected:
  scheduler_state(config cfg, replica_id self, std::uint64_t seed);

  /// False: we have just come, and may know old news only of what others do.
  bool is_informed(instant now) const;

  config cfg_;
  random_engine rng_;
  sync::replica replica_;
  membership::roster roster_;
  std::unique_ptr<placement::strategy> strategy_;
  placement::arbiter arbiter_;
  child_table table_;
  scheduling::local_children locals_;
  move_queue moves_;
  start_gate gate_;
  hand_offs hand_offs_;
  std::set<std::string> waiting_hand_offs_; ///< until others are over
  recent<std::tuple<replica_id, std::uint64_t, std::string>, bool> merges_;
  std::vector<member_info> view_; ///< as strategies see the members
  instant rebalance_at_ = never;
  start_requests starts_;
  terminate_requests terminates_;
  recent<request_id, start_result> answered_; ///< of other members' requests
  recent<request_id, bool> ended_; ///< starts whose child was ended by us
  std::set<replica_id> linked_;
  std::unique_ptr<lease_keeper> lease_; ///< none without such a strategy
  bool had_lease_ = false;              ///< in the last step

  std::set<std::string> dirty_;       ///< children to review in this step
  due_queue<std::string> review_due_; ///< children to review later
  std::size_t owed_ = 0;     ///< how many are left of a review of all children
  std::string review_after_; ///< where that review is
  instant next_review_ = never;
  instant defaults_at_ = never; ///< next look at the default children
  instant informed_at_ = never; ///< who is there has told us all by then
  bool was_informed_ = true;    ///< in the last step
  struct attempt_note {
    std::string problem;
    instant next{}; ///< not tried again before
  };
  std::map<std::string, attempt_note> unasked_; ///< what did not start
  std::set<std::string> copied_; ///< of these we run copies, or did
  absentees absentees_;
  bool members_dirty_ = false;
  std::optional<instant> catch_up_until_; ///< since we began anew, if we did
  supervision::restart_window restarts_;  ///< of all children here
  bool draining_ = false;
  bool withdrawn_ = false;
  bool drained_ = false;
  std::uint64_t withdraw_sequence_ = 0;
  instant drain_until_ = never;
  instant leave_by_ = never; ///< while we leave and children are given time
  bool is_late_ = false;     ///< we still leave, and they get none any more
  token next_start_ = 1;
  std::uint64_t next_request_ = 1;
  std::uint64_t refused_messages_ = 0;
  instant last_step_{};
  effects out_;
  /// Operations of this step, encoded.
  std::map<replica_id, std::vector<std::string>> operations_;
};

} // namespace horde::scheduling
