// SPDX-License-Identifier: MIT
//
// The start gate: after a restart of all nodes the first one waits for others
// before it places children, so that it does not take all of them. Opens once,
// and never closes again.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "horde/errc.hpp"
#include "horde/membership/member.hpp"
#include "horde/time.hpp"

namespace horde::scheduling {

/// A member places children once so many members of the horde are alive and
/// reached, itself included, or this time after its start.
struct place_after {
  std::size_t members = 1; ///< 1: at once
  duration at_most = std::chrono::seconds{10};
};

/// Names the option and what it takes.
std::optional<failure> validate(const place_after& x);

class start_gate {
public:
  explicit start_gate(const place_after& x)
      : rule_(x), is_open_(x.members <= 1) {}

  /// Call once, first.
  void start(instant now) { until_ = now + rule_.at_most; }

  /// Opens it if it is time to. `view`: who cannot be reached is not alive.
  void look(const std::vector<member_info>& view, instant now);

  bool is_open() const { return is_open_; }

  /// When to look again, whatever happens.
  instant wake_at() const { return is_open_ ? never : until_; }

  /// What it waits for, for people; empty if it is open.
  std::string waits_for() const;

private:
  place_after rule_;
  bool is_open_;
  std::size_t there_ = 0; ///< members
  instant until_ = never;
};

} // namespace horde::scheduling
