// SPDX-License-Identifier: MIT

#include "horde/actors/child_watch.hpp"

#include <algorithm>

#include <caf/actor_cast.hpp>

#include "horde/actors/type_ids.hpp"

namespace horde::actors {

namespace {

// Of one message: each has a few hundred bytes, and ids, types and names of
// members a limit.
constexpr std::size_t most_told = 500;

caf::strong_actor_ptr lock(const caf::actor_addr& x) {
  return caf::actor_cast<caf::strong_actor_ptr>(x);
}

} // namespace

bool child_watch::add(const caf::strong_actor_ptr& who) {
  auto address = caf::actor_cast<caf::actor_addr>(who);
  auto is_there = std::ranges::any_of(
    listeners_, [&](const listener& x) { return x.who == address; });
  if (who && !is_there)
    listeners_.push_back({address, false, {}});
  return who && !is_there;
}

void child_watch::remove(const caf::strong_actor_ptr& who) {
  auto address = caf::actor_cast<caf::actor_addr>(who);
  std::erase_if(listeners_,
                [&](const listener& x) { return x.who == address; });
}

bool child_watch::go_on(const scheduling::scheduler& core) {
  auto is_all = true;
  std::erase_if(listeners_, [&](listener& x) {
    auto who = lock(x.who);
    if (!who)
      return true;
    if (x.has_all)
      return false;
    child_events part{supervisor_,
                      core.children_after(x.told_up_to, most_told),
                      {},
                      true,
                      false};
    x.has_all = part.children.size() < most_told;
    if (!part.children.empty())
      x.told_up_to = part.children.back().id;
    part.is_last = x.has_all;
    is_all = is_all && x.has_all;
    deliver(nullptr, who, caf::make_message(std::move(part)));
    return false;
  });
  return !is_all;
}

void child_watch::tell() {
  if (events_.empty())
    return;
  std::erase_if(listeners_, [&](const listener& x) {
    auto who = lock(x.who);
    if (!who)
      return true;
    child_events out{supervisor_, {}, {}, false, false};
    for (const auto& event : events_) {
      if (!knows(x, event))
        continue;
      out.events.push_back(event);
      if (out.events.size() == most_told)
        send(who, std::exchange(out, {supervisor_, {}, {}, false, false}));
    }
    send(who, std::move(out));
    return false;
  });
  events_.clear();
}

void child_watch::send(const caf::strong_actor_ptr& to, child_events x) const {
  if (!x.events.empty())
    deliver(nullptr, to, caf::make_message(std::move(x)));
}

} // namespace horde::actors
