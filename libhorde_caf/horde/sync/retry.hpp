// SPDX-License-Identifier: MIT
//
// When to say something again that was not answered: exponential back-off.

#pragma once

#include <algorithm>

#include "horde/sync/config.hpp"
#include "horde/time.hpp"

namespace horde::sync {

class retry {
public:
  retry(const config& cfg, instant now)
      : wait_(cfg.retransmit_after), longest_(cfg.retransmit_at_most),
        at_(now + wait_) {}

  instant at() const { return at_; }

  /// How often it was said again.
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
