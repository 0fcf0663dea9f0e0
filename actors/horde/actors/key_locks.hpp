// SPDX-License-Identifier: MIT
//
// One lock a key, for as many keys as are in use. Who waits gets it in the
// order of arrival. Thread-safe.

#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>

namespace horde::actors {

class key_locks {
public:
  /// Holds a key. Empty: this thread holds it already.
  class guard {
  public:
    guard() = default;
    guard(const guard&) = delete;
    guard& operator=(const guard&) = delete;
    guard(guard&& x) noexcept
        : locks_(std::exchange(x.locks_, nullptr)), key_(std::move(x.key_)) {}
    ~guard() {
      if (locks_)
        locks_->release(key_);
    }
    explicit operator bool() const { return locks_ != nullptr; }

  private:
    friend key_locks;
    guard(key_locks* locks, std::string key)
        : locks_(locks), key_(std::move(key)) {}
    key_locks* locks_ = nullptr;
    std::string key_;
  };

  /// Waits until nobody else holds it.
  guard take(const std::string& key);

  /// How many hold it or wait for it.
  std::size_t queued(const std::string& key) const {
    std::lock_guard guard{mutex_};
    auto i = queues_.find(key);
    return i == queues_.end() ? 0 : i->second->tickets - i->second->turn;
  }

private:
  void release(const std::string& key);

  struct queue {
    std::uint64_t tickets = 0; ///< handed out
    std::uint64_t turn = 0;    ///< the ticket that holds it
    std::thread::id holder;
    std::condition_variable next;
  };

  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::unique_ptr<queue>> queues_;
};

} // namespace horde::actors
