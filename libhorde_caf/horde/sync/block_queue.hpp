// SPDX-License-Identifier: MIT
//
// A queue of plain values in blocks of memory. A block that becomes empty at
// the front is the next one at the back, so that a queue of steady length
// allocates nothing, and each step costs the same whatever its length; a
// `std::deque` gives back and asks for small blocks all the time.

#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace horde::sync {

template <class T>
class block_queue {
  static_assert(std::is_trivially_copyable_v<T>);

public:
  std::size_t size() const { return end_ - first_; }
  bool empty() const { return first_ == end_; }

  /// Requires: i < size().
  T& operator[](std::size_t i) { return place(first_ + i); }
  const T& operator[](std::size_t i) const { return place(first_ + i); }

  void push_back(const T& x) {
    if (end_ == blocks_.size() * per_block)
      blocks_.push_back(take_block());
    place(end_++) = x;
  }

  /// Requires: n <= size().
  void pop_front(std::size_t n) {
    first_ += n;
    auto unused = first_ / per_block;
    if (unused == 0)
      return;
    spare_ = std::move(blocks_.front());
    blocks_.erase(blocks_.begin(),
                  blocks_.begin() + static_cast<std::ptrdiff_t>(unused));
    first_ -= unused * per_block;
    end_ -= unused * per_block;
  }

private:
  static constexpr std::size_t per_block = 1024;
  using block = std::unique_ptr<T[]>;

  T& place(std::size_t i) const {
    return blocks_[i / per_block][i % per_block];
  }

  block take_block() {
    return spare_ ? std::move(spare_)
                  : std::make_unique_for_overwrite<T[]>(per_block);
  }

  std::vector<block> blocks_;
  block spare_; ///< the last one that became empty
  std::size_t first_ = 0;
  std::size_t end_ = 0; ///< counted from the start of the first block
};

} // namespace horde::sync
