// SPDX-License-Identifier: MIT
//
// The only door for time: CAF's actor clock, which is virtual in tests. Time of
// day is that clock plus an offset taken once, so that it never jumps back.

#pragma once

#include <chrono>

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>

#include "horde/time.hpp"

namespace horde::actors {

class time_source {
public:
  explicit time_source(caf::actor_system& sys)
      : clock_(&sys.clock()),
        offset_(std::chrono::system_clock::now().time_since_epoch()
                - clock_->now().time_since_epoch()) {
    // nop
  }

  /// Thread-safe.
  moment now() const {
    auto steady =
      std::chrono::duration_cast<duration>(clock_->now().time_since_epoch());
    return {instant{steady}, wall_time{steady + offset_}};
  }

private:
  caf::actor_clock* clock_;
  duration offset_;
};

} // namespace horde::actors
