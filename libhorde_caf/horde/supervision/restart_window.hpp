// SPDX-License-Identifier: MIT
//
// At most N restarts in a period (OTP's rule, Horde row S53), counted for one
// child. A restart counts as long as it is not older than the period; the one
// that makes it more than N exceeds the limit. Keeps at most N + 1 times.

#pragma once

#include <vector>

#include "horde/time.hpp"

namespace horde::supervision {

class restart_window {
public:
  restart_window(unsigned max_restarts, duration period)
      : max_restarts_(max_restarts), period_(period) {}

  /// Counts a restart. False: that was one too many.
  bool note(instant now);

  /// How many restarts count now.
  unsigned count(instant now) const;

  /// Starts with `n` restarts at `now`: the child had them on another member.
  void restore(unsigned n, instant now);

private:
  unsigned max_restarts_;
  duration period_;
  std::vector<instant> restarts_; ///< oldest first
};

} // namespace horde::supervision
