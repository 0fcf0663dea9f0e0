// SPDX-License-Identifier: MIT
//
// The latest entries of a map, at most so many: the oldest makes room.

#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <utility>

namespace horde::scheduling {

template <class Key, class Value>
class recent {
public:
  explicit recent(std::size_t limit) : limit_(limit) {}

  void insert(const Key& key, Value value) {
    if (!entries_.insert_or_assign(key, std::move(value)).second)
      return;
    order_.push_back(key);
    if (order_.size() <= limit_)
      return;
    entries_.erase(order_.front());
    order_.pop_front();
  }

  /// Null if it was never there or is too old.
  const Value* find(const Key& key) const {
    auto found = entries_.find(key);
    return found == entries_.end() ? nullptr : &found->second;
  }

  std::size_t size() const { return entries_.size(); }

private:
  std::size_t limit_;
  std::map<Key, Value> entries_;
  std::deque<Key> order_; ///< oldest first
};

} // namespace horde::scheduling
