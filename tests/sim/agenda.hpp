// SPDX-License-Identifier: MIT
//
// What is going to happen in a simulation: things in order of their time, those
// of the same time in the order in which they were put in.

#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "horde/time.hpp"

namespace horde::sim {

template <class Thing>
class agenda {
public:
  void put(instant at, Thing x) {
    auto slot = things_.size();
    if (free_.empty()) {
      things_.push_back(std::move(x));
    } else {
      slot = free_.back();
      free_.pop_back();
      things_[slot] = std::move(x);
    }
    heap_.push_back({at, count_++, slot});
    std::push_heap(heap_.begin(), heap_.end());
  }

  bool empty() const { return heap_.empty(); }

  /// Requires: not empty.
  instant next() const { return heap_.front().at; }

  /// Requires: not empty.
  Thing take() {
    std::pop_heap(heap_.begin(), heap_.end());
    auto slot = heap_.back().slot;
    heap_.pop_back();
    free_.push_back(slot);
    return std::move(things_[slot]);
  }

private:
  /// Small, as the heap moves them about.
  struct place {
    instant at;
    std::uint64_t number;
    std::size_t slot;

    /// The next one is the largest for `std::push_heap`.
    friend bool operator<(const place& a, const place& b) {
      return a.at != b.at ? a.at > b.at : a.number > b.number;
    }
  };

  std::vector<place> heap_;
  std::vector<Thing> things_;
  std::vector<std::size_t> free_; ///< slots of `things_`
  std::uint64_t count_ = 0;
};

} // namespace horde::sim
