// SPDX-License-Identifier: MIT
//
// The threads in which child factories run: never in the supervisor, since a
// factory may block, throw or hang. Threads are made when all are busy, up to a
// limit; beyond it starts wait. Thread-safe.

#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace horde::actors {

class starter_pool {
public:
  explicit starter_pool(std::size_t max_threads) : max_threads_(max_threads) {}
  starter_pool(const starter_pool&) = delete;
  starter_pool& operator=(const starter_pool&) = delete;

  /// Drops jobs that wait and joins: returns when running ones have returned.
  ~starter_pool();

  void run(std::function<void()> job);

  /// Jobs that wait for a thread.
  std::size_t waiting() const;

private:
  void work();

  const std::size_t max_threads_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

} // namespace horde::actors
