// SPDX-License-Identifier: MIT

#include "horde/actors/starter_pool.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace horde::actors {

namespace {

/// Who takes no job for so long does not get on.
constexpr auto patience = std::chrono::milliseconds{2};

} // namespace

/// Shared with the threads, which may outlive the pool.
struct starter_pool::state {
  std::size_t limit = 0;
  std::size_t usual = 1; ///< so many run jobs if they get on
  std::mutex mutex;      ///< guards the rest
  std::condition_variable wake;
  std::condition_variable done;
  std::deque<std::function<void()>> jobs;
  std::size_t max_threads = 0;
  std::size_t threads = 0;
  std::size_t busy = 0;
  std::uint64_t taken = 0; ///< jobs so far
  bool watched = false;    ///< one looks whether the others get on
  bool stopping = false;

  bool may_take() const { return !jobs.empty() && busy < usual; }
  std::size_t free() const { return threads - busy; }
};

starter_pool::starter_pool(std::size_t max_threads)
    : state_(std::make_shared<state>()) {
  state_->limit = state_->max_threads = max_threads;
  state_->usual = std::clamp(std::size_t{std::thread::hardware_concurrency()},
                             std::size_t{1}, max_threads);
}

starter_pool::~starter_pool() {
  stop(duration{0});
}

bool starter_pool::run(std::vector<std::function<void()>> jobs) {
  auto& x = *state_;
  std::lock_guard guard{x.mutex};
  if (x.stopping)
    return true;
  auto before = x.jobs.size();
  std::move(jobs.begin(), jobs.end(), std::back_inserter(x.jobs));
  if (x.busy >= x.usual) {
    watch_over(state_);
    return true;
  }
  auto wanted = std::min(x.usual - x.busy, x.jobs.size());
  while (x.free() < wanted && add_thread(state_))
    continue;
  if (x.threads == 0) {
    x.jobs.resize(before);
    return false;
  }
  for (std::size_t i = 0; i < wanted; ++i)
    x.wake.notify_one();
  return true;
}

bool starter_pool::add_thread(const std::shared_ptr<state>& shared) {
  if (shared->threads >= shared->max_threads)
    return false;
  try {
    std::thread{[shared] { work(shared); }}.detach();
  } catch (const std::system_error&) {
    return false; // those that are there do the work
  }
  ++shared->threads;
  return true;
}

/// Jobs wait: somebody looks whether those who run others get on.
void starter_pool::watch_over(const std::shared_ptr<state>& shared) {
  if (shared->watched)
    return;
  if (shared->free() > 0)
    shared->wake.notify_one();
  else
    add_thread(shared);
}

void starter_pool::allow(int more) {
  auto& x = *state_;
  std::lock_guard guard{x.mutex};
  auto wanted = static_cast<std::ptrdiff_t>(x.max_threads) + more;
  x.max_threads =
    std::clamp(static_cast<std::size_t>(wanted), x.limit, 4 * x.limit);
  if (!x.jobs.empty())
    watch_over(state_);
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
  auto& x = *shared;
  std::unique_lock guard{x.mutex};
  for (;;) {
    auto is_stuck = false;
    while (!x.stopping && !x.may_take() && !is_stuck) {
      if (x.jobs.empty() || x.watched) {
        x.wake.wait(guard);
        continue;
      }
      x.watched = true;
      auto before = x.taken;
      auto how = x.wake.wait_for(guard, patience);
      x.watched = false;
      is_stuck =
        how == std::cv_status::timeout && x.taken == before && !x.jobs.empty();
    }
    if (x.stopping)
      break;
    auto job = std::move(x.jobs.front());
    x.jobs.pop_front();
    ++x.busy;
    ++x.taken;
    if (!x.jobs.empty() && x.busy >= x.usual)
      watch_over(shared);
    guard.unlock();
    job();
    job = nullptr; // what it holds may end here, and may be the pool
    guard.lock();
    --x.busy;
  }
  --x.threads;
  x.done.notify_all();
}

} // namespace horde::actors
