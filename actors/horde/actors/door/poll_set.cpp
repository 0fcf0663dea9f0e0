// SPDX-License-Identifier: MIT

#include "horde/actors/door/poll_set.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace horde::actors {

namespace {

/// Rounded up, so that a deadline has passed when its wait is over.
int timeout_until(instant x) {
  using namespace std::chrono;
  if (x == never)
    return -1;
  auto left = ceil<milliseconds>(x - door_time()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

} // namespace

void poll_set::add(int fd, short events, std::function<void()> then) {
  fds_.push_back({fd, events, 0});
  actions_.push_back(std::move(then));
}

void poll_set::wake_at(instant x) {
  until_ = std::min(until_, x);
}

void poll_set::run() {
  auto fds = std::exchange(fds_, {});
  auto actions = std::exchange(actions_, {});
  auto timeout = timeout_until(std::exchange(until_, never));
  auto ready = ::poll(fds.data(), fds.size(), timeout);
  for (std::size_t i = 0; i < fds.size() && ready > 0; ++i) {
    if (fds[i].revents == 0)
      continue;
    --ready;
    actions[i]();
  }
}

instant door_time() {
  auto since = std::chrono::steady_clock::now().time_since_epoch();
  return instant{std::chrono::duration_cast<duration>(since)};
}

} // namespace horde::actors
