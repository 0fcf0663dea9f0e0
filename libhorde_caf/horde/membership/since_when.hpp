// SPDX-License-Identifier: MIT
//
// Since when something is so, told by looking from time to time: whatever was
// missed shows at the next look. What is not so at one look begins anew.

#pragma once

#include <map>
#include <vector>

#include "horde/time.hpp"

namespace horde::membership {

template <class T>
class since_when {
public:
  /// These are so now, and nothing else.
  void look(const std::vector<T>& present, instant now) {
    std::map<T, instant> result;
    for (const auto& x : present) {
      auto known = times_.find(x);
      result.emplace(x, known != times_.end() ? known->second : now);
    }
    times_ = std::move(result);
  }

  /// Those that are so for `limit` or longer.
  std::vector<T> lasting(duration limit, instant now) const {
    std::vector<T> result;
    for (const auto& [x, since] : times_)
      if (now - since >= limit)
        result.push_back(x);
    return result;
  }

  std::size_t size() const { return times_.size(); }

private:
  std::map<T, instant> times_;
};

} // namespace horde::membership
