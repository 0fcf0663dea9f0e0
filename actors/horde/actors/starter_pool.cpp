// SPDX-License-Identifier: MIT

#include "horde/actors/starter_pool.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace horde::actors {

/// Shared with the threads, which may outlive the pool.
struct starter_pool::state {
  std::size_t max_threads = 0;
  std::mutex mutex; ///< guards the rest
  std::condition_variable wake;
  std::condition_variable done;
  std::deque<std::function<void()>> jobs;
  std::size_t threads = 0;
  std::size_t idle = 0;
  bool stopping = false;
};

starter_pool::starter_pool(std::size_t max_threads)
    : state_(std::make_shared<state>()) {
  state_->max_threads = max_threads;
}

starter_pool::~starter_pool() {
  stop(duration{0});
}

bool starter_pool::run(std::function<void()> job) {
  std::lock_guard guard{state_->mutex};
  if (state_->stopping)
    return true;
  if (state_->idle <= state_->jobs.size()
      && state_->threads < state_->max_threads && !add_thread()
      && state_->threads == 0)
    return false;
  state_->jobs.push_back(std::move(job));
  state_->wake.notify_one();
  return true;
}

bool starter_pool::add_thread() {
  try {
    std::thread{[shared = state_] { work(shared); }}.detach();
  } catch (const std::system_error&) {
    return false; // those that are there do the work
  }
  ++state_->threads;
  return true;
}

bool starter_pool::stop(duration limit) {
  std::unique_lock guard{state_->mutex};
  state_->stopping = true;
  auto dropped = std::exchange(state_->jobs, {});
  state_->wake.notify_all();
  auto ended = state_->done.wait_for(guard, limit,
                                     [this] { return state_->threads == 0; });
  guard.unlock(); // before the dropped jobs end
  return ended;
}

std::size_t starter_pool::waiting() const {
  std::lock_guard guard{state_->mutex};
  return state_->jobs.size();
}

void starter_pool::work(const std::shared_ptr<state>& shared) {
  std::unique_lock guard{shared->mutex};
  for (;;) {
    ++shared->idle;
    shared->wake.wait(
      guard, [&] { return shared->stopping || !shared->jobs.empty(); });
    --shared->idle;
    if (shared->stopping)
      break;
    auto job = std::move(shared->jobs.front());
    shared->jobs.pop_front();
    guard.unlock();
    job();
    job = nullptr; // what it holds may end here, and may be the pool
    guard.lock();
  }
  --shared->threads;
  shared->done.notify_all();
}

} // namespace horde::actors
