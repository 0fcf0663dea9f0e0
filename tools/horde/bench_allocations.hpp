// SPDX-License-Identifier: MIT
//
// Counts what is allocated: this program's `operator new` and `delete` do so
// while a count is kept in the thread that calls them, or in all threads, and
// cost hardly more than the usual ones while none is.

#pragma once

#include <cstddef>

namespace horde::tools {

/// Blocks that are there now and were not when the count began.
struct allocations {
  std::ptrdiff_t blocks = 0;
  std::ptrdiff_t bytes = 0; ///< that can be used; at least what was asked for

  /// With the word that glibc keeps in front of each block.
  std::ptrdiff_t bytes_with_words() const {
    return bytes + blocks * static_cast<std::ptrdiff_t>(sizeof(std::size_t));
  }
};

/// Counts while it lives, in this thread. One at a time. What is alignas more
/// than usual is not counted.
class allocation_count {
public:
  allocation_count();
  ~allocation_count();
  allocation_count(const allocation_count&) = delete;
  allocation_count& operator=(const allocation_count&) = delete;

  const allocations& now() const { return now_; }

private:
  allocations now_;
};

/// The same of all threads together. One at a time.
class allocation_count_of_all {
public:
  allocation_count_of_all();
  ~allocation_count_of_all();
  allocation_count_of_all(const allocation_count_of_all&) = delete;
  allocation_count_of_all& operator=(const allocation_count_of_all&) = delete;

  allocations now() const;
};

} // namespace horde::tools
