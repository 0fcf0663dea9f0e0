// SPDX-License-Identifier: MIT
//
// When to try something again that was in vain: exponential back-off.

#pragma once

#include <algorithm>

#include "horde/sync/config.hpp"
#include "horde/time.hpp"

namespace horde::sync {

class retry {
public:
  retry(duration first, duration longest, instant now)
      : wait_(first), longest_(longest), at_(now + wait_) {}

  /// Of a message.
  retry(const config& cfg, instant now)
      : retry(cfg.retransmit_after, cfg.retransmit_at_most, now) {}

  instant at() const { return at_; }

  /// How often it was tried again.
  unsigned count() const { return count_; }

  void again(instant now) {
    ++count_;
    wait_ = std::min(2 * wait_, longest_);
    at_ = now + wait_;
  }

private:
  duration wait_;
  duration longest_;
  instant at_;
  unsigned count_ = 0;
};

} // namespace horde::sync
