// SPDX-License-Identifier: MIT
//
// How long ago replicas departed: whom a horde may forget. What a departed
// replica wrote may be known only to somebody who cannot be reached now. So
// nobody is forgotten while a member has been silent for less time than the
// departed are remembered.

#pragma once

#include <vector>

#include "horde/crdt/dot.hpp"
#include "horde/membership/since_when.hpp"
#include "horde/time.hpp"

namespace horde::membership {

class departures {
public:
  explicit departures(duration forget_after) : forget_after_(forget_after) {}

  void start(instant now) { next_look_ = now + forget_after_ / looks; }

  /// When to look next. Never, before `start`.
  instant next_look() const { return next_look_; }

  /// `gone`: who departed and is not forgotten. `silent`: the members that
  /// cannot be reached. Returns whom to forget.
  std::vector<replica_id> look(const std::vector<replica_id>& gone,
                               const std::vector<replica_id>& silent,
                               instant now);

private:
  /// In the time that the departed are remembered.
  static constexpr int looks = 4;

  duration forget_after_;
  instant next_look_ = never;
  since_when<replica_id> gone_;
  since_when<replica_id> silent_;
};

} // namespace horde::membership
