// SPDX-License-Identifier: MIT
//
// Those who wait until so many nodes are up.

#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "horde/actors/caf_compat.hpp"
#include "horde/actors/node_messages.hpp"
#include "horde/time.hpp"

namespace horde::actors {

class node_waiters {
public:
  void add(const wait_for_nodes& x, void_promise answer, moment now) {
    constexpr duration longest = std::chrono::hours{24};
    waiting_.push_back(
      {x.count, now.at + std::min(x.limit, longest), std::move(answer)});
  }

  /// So many nodes are up now.
  void answer(std::uint64_t up) {
    std::erase_if(waiting_, [&](waiter& x) {
      if (x.count > up)
        return false;
      fulfil(x.answer);
      return true;
    });
  }

  void expire(moment now) {
    std::erase_if(waiting_, [&](waiter& x) {
      if (x.until > now.at)
        return false;
      x.answer.deliver(
        to_error({errc::timeout, "fewer than " + std::to_string(x.count)
                                   + " nodes were up in time"}));
      return true;
    });
  }

  /// The node ends.
  void give_up() {
    for (auto& x : std::exchange(waiting_, {}))
      x.answer.deliver(to_error({errc::shutting_down, "the node has stopped"}));
  }

  /// When `expire` wants to be called next.
  instant wake_at() const {
    auto result = never;
    for (const auto& x : waiting_)
      result = std::min(result, x.until);
    return result;
  }

private:
  struct waiter {
    std::uint64_t count = 0;
    instant until;
    void_promise answer;
  };

  std::vector<waiter> waiting_;
};

} // namespace horde::actors
