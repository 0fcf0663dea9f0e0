// SPDX-License-Identifier: MIT

#include "horde/actors/starter_pool.hpp"

namespace horde::actors {

starter_pool::~starter_pool() {
  {
    std::lock_guard guard{mutex_};
    stopping_ = true;
    jobs_.clear();
  }
  wake_.notify_all();
  for (auto& x : threads_)
    x.join();
}

void starter_pool::run(std::function<void()> job) {
  std::lock_guard guard{mutex_};
  jobs_.push_back(std::move(job));
  if (idle_ < jobs_.size() && threads_.size() < max_threads_)
    threads_.emplace_back([this] { work(); });
  wake_.notify_one();
}

std::size_t starter_pool::waiting() const {
  std::lock_guard guard{mutex_};
  return jobs_.size();
}

void starter_pool::work() {
  std::unique_lock guard{mutex_};
  for (;;) {
    ++idle_;
    wake_.wait(guard, [this] { return stopping_ || !jobs_.empty(); });
    --idle_;
    if (stopping_)
      return;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    guard.unlock();
    job();
    guard.lock();
  }
}

} // namespace horde::actors
