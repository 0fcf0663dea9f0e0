// SPDX-License-Identifier: MIT
//
// Those who wait until somebody has a name. Not thread-safe: the engine that
// owns them holds a lock.

#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <unordered_map>
#include <utility>

#include <caf/expected.hpp>

#include "horde/actors/read_view.hpp"
#include "horde/actors/type_ids.hpp"
#include "horde/time.hpp"

namespace horde::actors {

class name_waiters {
public:
  /// Called once, in any thread, without a lock held; must not wait.
  using callback = std::function<void(caf::expected<registration>)>;

  bool empty() const { return waiting_.empty(); }

  void add(const std::string& name, duration limit, callback done, moment now) {
    constexpr duration longest = std::chrono::hours{24};
    auto until = now.at + std::min(limit, longest);
    waiting_.emplace(name, waiter{until, std::move(done)});
    wake_at_ = std::min(wake_at_, until);
  }

  /// Readers may see this name now.
  template <class Answers>
  void look(const std::string& name, const read_view& view, Answers& out) {
    auto [first, last] = waiting_.equal_range(name);
    if (first == last)
      return;
    auto found = view.lookup(name);
    if (!found)
      return;
    for (auto i = first; i != last; ++i)
      out.push_back(
        [f = std::move(i->second.done), x = *found]() mutable { f(x); });
    waiting_.erase(first, last);
  }

  /// The same for all names.
  template <class Answers>
  void look_at_all(const read_view& view, Answers& out) {
    std::vector<std::string> names;
    for (const auto& [name, x] : waiting_)
      names.push_back(name);
    for (const auto& name : names)
      look(name, view, out);
  }

  /// Those whose time is over get their answers.
  template <class Answers>
  void expire(moment now, Answers& out) {
    if (now.at < wake_at_)
      return;
    wake_at_ = never;
    std::erase_if(waiting_, [&](auto& entry) {
      auto& [name, x] = entry;
      if (x.until > now.at) {
        wake_at_ = std::min(wake_at_, x.until);
        return false;
      }
      auto text = "nobody got the name '" + name + "' in time";
      out.push_back([f = std::move(x.done), text] {
        f(to_error({errc::timeout, text}));
      });
      return true;
    });
  }

  /// The member stops.
  template <class Answers>
  void give_up(const caf::error& why, Answers& out) {
    for (auto& [name, x] : waiting_)
      out.push_back([f = std::move(x.done), why] { f(why); });
    waiting_.clear();
    wake_at_ = never;
  }

  /// When `expire` wants to be called next.
  instant wake_at() const { return wake_at_; }

private:
  struct waiter {
    instant until;
    callback done;
  };

  std::unordered_multimap<std::string, waiter> waiting_;
  instant wake_at_ = never;
};

} // namespace horde::actors
