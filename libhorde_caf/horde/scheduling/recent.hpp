// SPDX-License-Identifier: MIT
//
// The latest entries of a map, at most so many and so many bytes: the oldest
// makes room.

#pragma once

#include <cstddef>
#include <deque>
#include <limits>
#include <map>
#include <utility>

namespace horde::scheduling {

template <class Key, class Value>
class recent {
public:
  explicit recent(std::size_t limit, std::size_t most_bytes =
                                       std::numeric_limits<std::size_t>::max())
      : limit_(limit), most_bytes_(most_bytes) {}

  /// `bytes`: what counts of `value`. The newest is kept however large it is.
  void insert(const Key& key, Value value, std::size_t bytes = 0) {
    auto [at, is_new] = entries_.try_emplace(key);
    bytes_ -= at->second.bytes;
    bytes_ += bytes;
    at->second = {std::move(value), bytes};
    if (is_new)
      order_.push_back(key);
    while (order_.size() > limit_
           || (bytes_ > most_bytes_ && order_.size() > 1)) {
      auto oldest = entries_.find(order_.front());
      bytes_ -= oldest->second.bytes;
      entries_.erase(oldest);
      order_.pop_front();
    }
  }

  /// Null if it was never there or is too old.
  const Value* find(const Key& key) const {
    auto found = entries_.find(key);
    return found == entries_.end() ? nullptr : &found->second.value;
  }

  std::size_t size() const { return entries_.size(); }

private:
  struct entry {
    Value value{};
    std::size_t bytes = 0;
  };

  std::size_t limit_;
  std::size_t most_bytes_;
  std::size_t bytes_ = 0;
  std::map<Key, entry> entries_;
  std::deque<Key> order_; ///< oldest first
};

} // namespace horde::scheduling
