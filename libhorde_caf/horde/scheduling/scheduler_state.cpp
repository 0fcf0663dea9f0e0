// SPDX-License-Identifier: MIT

#include "horde/scheduling/scheduler_state.hpp"

namespace horde::scheduling {

scheduler_state::scheduler_state(config cfg, replica_id self,
                                 std::uint64_t seed)
    : cfg_(std::move(cfg)), rng_(seed),
      replica_(self, remembering(cfg_.sync, cfg_.roster.forget_after), rng_()),
      roster_(cfg_.roster), strategy_(cfg_.make_strategy()),
      moves_(cfg_.max_moves), gate_(cfg_.place_after),
      hand_offs_(cfg_.max_state_bytes), merges_(cfg_.max_remembered),
      answered_(cfg_.max_remembered, cfg_.max_remembered_bytes),
      ended_(cfg_.max_remembered),
      restarts_(cfg_.member_max_restarts.value_or(0), cfg_.member_max_seconds) {
  // nop
}

bool scheduler_state::is_informed(instant now) const {
  return now >= informed_at_ || replica_.has_heard_all()
         || replica_.neighbours().empty();
}

} // namespace horde::scheduling
