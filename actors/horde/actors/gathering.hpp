// SPDX-License-Identifier: MIT
//
// What many threads bring to work that one of them does at a time: who brings
// something while nobody works does the work, for the others too, who go on at
// once. So a step takes what came during the one before it, and nobody waits
// for a lock. Thread-safe.

#pragma once

#include <mutex>
#include <utility>
#include <vector>

namespace horde::actors {

template <class T>
class gathering {
public:
  /// True: the caller is to work: `take`, until `is_done`.
  [[nodiscard]] bool bring(T x) {
    std::lock_guard guard{mutex_};
    things_.push_back(std::move(x));
    return !std::exchange(is_busy_, !is_closed_);
  }

  /// Also by others than who works.
  std::vector<T> take() {
    std::lock_guard guard{mutex_};
    return std::exchange(things_, {});
  }

  /// False: there is more to do for who works.
  [[nodiscard]] bool is_done() {
    std::lock_guard guard{mutex_};
    if (!things_.empty())
      return false;
    is_busy_ = false;
    return true;
  }

  /// From now on everybody works who brings something: who was to go on may
  /// not be there any more.
  void close() {
    std::lock_guard guard{mutex_};
    is_closed_ = true;
    is_busy_ = false;
  }

private:
  std::mutex mutex_;
  std::vector<T> things_;
  bool is_busy_ = false;
  bool is_closed_ = false;
};

} // namespace horde::actors
