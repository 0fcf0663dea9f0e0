// SPDX-License-Identifier: MIT

#include "horde/membership/departures.hpp"

namespace horde::membership {

std::vector<replica_id> departures::look(const std::vector<replica_id>& gone,
                                         const std::vector<replica_id>& silent,
                                         instant now) {
  next_look_ = now + forget_after_ / looks;
  gone_.look(gone, now);
  silent_.look(silent, now);
  // All that are silent are so for long.
  if (silent_.lasting(forget_after_, now).size() < silent_.size())
    return {};
  return gone_.lasting(forget_after_, now);
}

} // namespace horde::membership
