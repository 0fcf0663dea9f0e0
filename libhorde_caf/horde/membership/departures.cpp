// SPDX-License-Identifier: MIT

#include "horde/membership/departures.hpp"

#include <algorithm>
#include <utility>

namespace horde::membership {

void departures::note(times& known, const std::vector<replica_id>& present,
                      instant now) {
  times result;
  for (auto who : present) {
    auto i = known.find(who);
    result.emplace(who, i != known.end() ? i->second : now);
  }
  known = std::move(result);
}

std::vector<replica_id> departures::look(const std::vector<replica_id>& gone,
                                         const std::vector<replica_id>& silent,
                                         instant now) {
  next_look_ = now + forget_after_ / looks;
  note(gone_, gone, now);
  note(silent_, silent, now);
  auto is_long_ago = [&](const auto& x) {
    return now - x.second >= forget_after_;
  };
  std::vector<replica_id> result;
  if (std::ranges::all_of(silent_, is_long_ago))
    for (const auto& x : gone_)
      if (is_long_ago(x))
        result.push_back(x.first);
  return result;
}

} // namespace horde::membership
