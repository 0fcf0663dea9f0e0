// SPDX-License-Identifier: MIT
//
// Those who wait until something is true of a member. Not thread-safe: the
// engine that owns them holds a lock.

#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <caf/expected.hpp>

#include "horde/actors/type_ids.hpp"
#include "horde/sync/replica.hpp"
#include "horde/time.hpp"

namespace horde::actors {

/// What one waits for. Both are asked under the engine's lock.
struct condition {
  std::function<bool()> is_met;
  std::function<std::string()> too_late; ///< what `timeout` says
};

class condition_waiters {
public:
  /// Called once, in any thread, without a lock held; must not wait.
  using callback = std::function<void(caf::expected<void>)>;

  void add(condition what, duration limit, callback done, moment now) {
    constexpr duration longest = std::chrono::hours{24};
    waiting_.push_back(
      {std::move(what), now.at + std::min(limit, longest), std::move(done)});
  }

  /// Hands out the answers that are due.
  template <class Answers>
  void settle(moment now, Answers& out) {
    std::erase_if(waiting_, [&](waiter& x) {
      if (x.what.is_met())
        out.push_back([f = std::move(x.done)] { f({}); });
      else if (x.until <= now.at)
        out.push_back([f = std::move(x.done), text = x.what.too_late()] {
          f(to_error({errc::timeout, text}));
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
    condition what;
    instant until;
    callback done;
  };

  std::vector<waiter> waiting_;
};

/// `core`: the machine of a registry or a supervisor.
template <class Core>
condition has_quorum(const Core& core) {
  return {[&core] { return core.has_quorum(); },
          [] { return "there was no quorum in time"; }};
}

/// `by` others have applied all that `x` has written until now.
inline condition is_applied(const sync::replica& x, std::uint32_t by) {
  auto upto = x.sequence();
  auto wanted = [&x, by] {
    return by == all_reachable ? x.neighbours().size() : std::size_t{by};
  };
  return {[&x, upto, wanted] { return x.acknowledged_by(upto) >= wanted(); },
          [&x, upto, wanted] {
            return "acknowledged by " + std::to_string(x.acknowledged_by(upto))
                   + " of " + std::to_string(wanted())
                   + " members in time; the writes stay";
          }};
}

} // namespace horde::actors
