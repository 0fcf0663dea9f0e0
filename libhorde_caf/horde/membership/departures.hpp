// SPDX-License-Identifier: MIT
//
// How long ago replicas departed: whom a horde may forget. What a departed
// replica wrote may be known only to somebody who cannot be reached now. So
// nobody is forgotten while a member has been silent for less time than the
// departed are remembered.
//
// Tells by looking from time to time, not by events: whatever was missed shows
// at the next look.

#pragma once

#include <map>
#include <vector>

#include "horde/crdt/dot.hpp"
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
  using times = std::map<replica_id, instant>;

  /// In the time that the departed are remembered.
  static constexpr int looks = 4;

  /// Keeps of `known` those that are `present`, and adds the others.
  static void note(times& known, const std::vector<replica_id>& present,
                   instant now);

  duration forget_after_;
  instant next_look_ = never;
  times gone_;   ///< since when
  times silent_; ///< since when
};

} // namespace horde::membership
