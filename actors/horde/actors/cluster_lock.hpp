// SPDX-License-Identifier: MIT
//
// A lock of the whole horde as a thread has it: see `registry::cluster_lock`.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "horde/time.hpp"

namespace horde {

namespace actors {
class lock_engine;
}

struct lock_options {
  /// For how long it stays taken if nobody can be told that it is over: 100 ms
  /// to `registry_options::max_lease`. It is renewed three times as often.
  duration lease = std::chrono::seconds{10};
  duration limit = std::chrono::seconds{10}; ///< how long to wait for it
  /// Called at most once, when the lock is lost; in any thread, and must not
  /// wait.
  std::function<void()> on_lost{};
};

/// Renewed as long as it lives; given back at its end. Not to be shared by
/// threads; `is_held` and `token` may be called from any.
class cluster_lock_guard {
public:
  cluster_lock_guard() = default;
  cluster_lock_guard(cluster_lock_guard&&) noexcept = default;
  cluster_lock_guard& operator=(cluster_lock_guard&& x) noexcept {
    release();
    engine_ = std::move(x.engine_);
    ticket_ = x.ticket_;
    key_ = std::move(x.key_);
    token_ = x.token_;
    return *this;
  }
  ~cluster_lock_guard() { release(); }

  /// May we believe that we have it? Asked again, a moment later, the answer
  /// may be another one: whatever must not be done twice shows `token` to a
  /// `fence`.
  bool is_held() const;

  /// Larger than those of all who had this lock before.
  std::uint64_t token() const { return token_; }

  const std::string& key() const { return key_; }

  /// Gives it back now.
  void release();

private:
  friend class actors::lock_engine;

  std::shared_ptr<actors::lock_engine> engine_;
  std::uint64_t ticket_ = 0;
  std::string key_;
  std::uint64_t token_ = 0;
};

} // namespace horde
