// SPDX-License-Identifier: MIT
//
// What commands share that tell what a member tells them, until they are ended,
// their time is over or they have told as much as they should.

#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "remote.hpp"

namespace horde::tools {

using watch_clock = std::chrono::steady_clock;

/// From CAF's threads to that of the command.
template <class Events>
class inbox {
public:
  void put(Events x) {
    std::lock_guard guard{mutex_};
    events_.push_back(std::move(x));
    changed_.notify_all();
  }

  /// No more will come.
  void end() {
    std::lock_guard guard{mutex_};
    has_ended_ = true;
    changed_.notify_all();
  }

  /// Nothing at the deadline, or if no more will come.
  std::optional<Events> take(std::optional<watch_clock::time_point> deadline) {
    std::unique_lock guard{mutex_};
    auto is_ready = [this] { return !events_.empty() || has_ended_; };
    if (deadline)
      changed_.wait_until(guard, *deadline, is_ready);
    else
      changed_.wait(guard, is_ready);
    if (events_.empty())
      return std::nullopt;
    auto result = std::move(events_.front());
    events_.pop_front();
    return result;
  }

  bool has_ended() const {
    std::lock_guard guard{mutex_};
    return has_ended_;
  }

private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Events> events_;
  bool has_ended_ = false;
};

/// Subscribes with a `subscription` and hands each message to `out.tell` until
/// `out.is_done()` or `limit` is over, if there is one.
template <class Events, class Subscription, class Teller>
caf::error watch_member(const remote& to, const hosted_member& member,
                        Subscription subscription, const std::string& limit,
                        Teller& out) {
  std::optional<watch_clock::time_point> deadline;
  if (!limit.empty())
    deadline = watch_clock::now() + *parse_duration(limit);
  auto box = std::make_shared<inbox<Events>>();
  auto reader = to.sys.spawn([box](caf::event_based_actor*) -> caf::behavior {
    return {[box](Events& events) { box->put(std::move(events)); }};
  });
  auto teller = caf::actor_cast<caf::strong_actor_ptr>(member.actor);
  on_end(teller, [box](const caf::error&) { box->end(); });
  deliver(caf::actor_cast<caf::strong_actor_ptr>(reader), teller,
          caf::make_message(std::move(subscription)));
  while (!out.is_done())
    if (auto events = box->take(deadline))
      out.tell(std::move(*events));
    else
      break;
  caf::anon_send_exit(reader, caf::exit_reason::user_shutdown);
  if (!out.is_done() && box->has_ended())
    return to_error({errc::node_down, "'" + member.who.horde
                                        + "' has stopped on node "
                                        + member.who.node
                                        + ", or the connection to it is lost"});
  return {};
}

} // namespace horde::tools
