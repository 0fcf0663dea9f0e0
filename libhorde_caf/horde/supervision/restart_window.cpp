// SPDX-License-Identifier: MIT

#include "horde/supervision/restart_window.hpp"

#include <algorithm>

namespace horde::supervision {

bool restart_window::note(instant now) {
  std::erase_if(restarts_, [&](instant t) { return now > t + period_; });
  restarts_.push_back(now);
  if (restarts_.size() <= max_restarts_)
    return true;
  // One more than allowed is as good as many more.
  restarts_.erase(restarts_.begin(), restarts_.end() - max_restarts_ - 1);
  return false;
}

unsigned restart_window::count(instant now) const {
  auto counts = [&](instant t) { return now <= t + period_; };
  return static_cast<unsigned>(
    std::count_if(restarts_.begin(), restarts_.end(), counts));
}

void restart_window::restore(unsigned n, instant now) {
  restarts_.assign(std::min(n, max_restarts_ + 1), now);
}

} // namespace horde::supervision
