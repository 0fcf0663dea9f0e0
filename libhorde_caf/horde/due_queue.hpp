// SPDX-License-Identifier: MIT
//
// When to look at what again: at most one time per key. Setting, clearing and
// taking what is due cost O(log n).

#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "horde/time.hpp"

namespace horde {

template <class Key>
class due_queue {
public:
  void set(const Key& key, instant at) {
    clear(key);
    times_.emplace(key, at);
    queue_.emplace(at, key);
  }

  /// Like `set`, but never later than it is already.
  void set_at_latest(const Key& key, instant at) {
    auto known = times_.find(key);
    set(key, known == times_.end() ? at : std::min(at, known->second));
  }

  void clear(const Key& key) {
    auto known = times_.find(key);
    if (known == times_.end())
      return;
    queue_.erase({known->second, key});
    times_.erase(known);
  }

  /// Removes and returns all keys that are due, earliest first.
  std::vector<Key> take_due(instant now) {
    std::vector<Key> result;
    while (!queue_.empty() && queue_.begin()->first <= now) {
      auto first = queue_.extract(queue_.begin());
      times_.erase(first.value().second);
      result.push_back(std::move(first.value().second));
    }
    return result;
  }

  instant next() const {
    return queue_.empty() ? never : queue_.begin()->first;
  }

private:
  std::map<Key, instant> times_;
  std::set<std::pair<instant, Key>> queue_;
};

} // namespace horde
