// SPDX-License-Identifier: MIT
//
// Those who wait until a member has quorum. Not thread-safe: the engine that
// owns them holds a lock.

#pragma once

#include <algorithm>
#include <functional>
#include <vector>

#include <caf/expected.hpp>

#include "horde/actors/type_ids.hpp"
#include "horde/time.hpp"

namespace horde::actors {

class quorum_waiters {
public:
  /// Called once, in any thread, without a lock held; must not wait.
  using callback = std::function<void(caf::expected<void>)>;

  void add(duration limit, callback done, moment now) {
    constexpr duration longest = std::chrono::hours{24};
    waiting_.push_back({now.at + std::min(limit, longest), std::move(done)});
  }

  /// Hands out the answers that are due.
  template <class Answers>
  void settle(bool has_quorum, moment now, Answers& out) {
    std::erase_if(waiting_, [&](waiter& x) {
      if (has_quorum)
        out.push_back([f = std::move(x.done)] { f({}); });
      else if (x.until <= now.at)
        out.push_back([f = std::move(x.done)] {
          f(to_error({errc::timeout, "there was no quorum in time"}));
        });
      else
        return false;
      return true;
    });
  }

  /// The member stops.
  template <class Answers>
  void give_up(const caf::error& why, Answers& out) {
    for (auto& x : waiting_)
      out.push_back([f = std::move(x.done), why] { f(why); });
    waiting_.clear();
  }

  /// When `settle` wants to be called next.
  instant wake_at() const {
    auto result = never;
    for (const auto& x : waiting_)
      result = std::min(result, x.until);
    return result;
  }

private:
  struct waiter {
    instant until;
    callback done;
  };

  std::vector<waiter> waiting_;
};

} // namespace horde::actors
