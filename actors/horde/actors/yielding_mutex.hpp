// SPDX-License-Identifier: MIT
//
// A mutex for short steps of many threads, and for one that takes it again and
// again for long work: who lets others pass first does not starve them, as a
// plain mutex would, which is taken again before a thread that waits wakes up.

#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

namespace horde::actors {

class yielding_mutex {
public:
  void lock() {
    if (mutex_.try_lock())
      return;
    ++waiting_;
    mutex_.lock();
    --waiting_;
  }

  bool try_lock() { return mutex_.try_lock(); }
  void unlock() { mutex_.unlock(); }

  /// Lets those pass that wait now, for a millisecond at most.
  void lock_after_others() {
    constexpr auto patience = std::chrono::milliseconds{1};
    auto deadline = std::chrono::steady_clock::now() + patience;
    while (waiting_ > 0 && std::chrono::steady_clock::now() < deadline)
      std::this_thread::yield();
    mutex_.lock();
  }

private:
  std::mutex mutex_;
  std::atomic<int> waiting_ = 0;
};

} // namespace horde::actors
