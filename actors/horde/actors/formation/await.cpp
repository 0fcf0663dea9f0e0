// SPDX-License-Identifier: MIT

#include "horde/actors/formation/await.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "horde/actors/door/poll_set.hpp"

namespace horde::formation {

namespace {

using actors::addresses;
using actors::unique_fd;

constexpr int longest_poll = 60'000;
constexpr int max_name_lookups = 8; // of all topologies of the process

std::atomic<int> name_lookups{0};

/// Belongs to the thread that asks the name service, and to who waits for it.
struct name_lookup {
  unique_fd done{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  std::mutex mtx;
  addresses result;

  void finish(addresses x) {
    std::lock_guard lock{mtx};
    result = std::move(x);
    std::uint64_t one = 1;
    (void)!::write(done.get(), &one, sizeof one);
  }
};

failure no_lookup(const endpoint& x, const std::string& why) {
  return {errc::cannot_connect, "cannot resolve '" + x.host + "': " + why};
}

} // namespace

int poll_time(instant until) {
  using std::chrono::milliseconds;
  auto left = until - actors::door_time();
  if (left <= duration{0})
    return 0;
  if (left >= milliseconds{longest_poll})
    return longest_poll;
  return static_cast<int>(std::chrono::ceil<milliseconds>(left).count());
}

std::optional<failure> await(int fd, short events, instant until, waker& by) {
  struct taken_wake_up {
    waker& by;
    bool is_there = false;
    ~taken_wake_up() {
      if (is_there)
        by.wake(); // for the wait after this lookup
    }
  } taken{by};
  for (;;) {
    pollfd both[] = {{fd, events, 0}, {by.fd(), POLLIN, 0}};
    auto time = poll_time(until);
    auto n = ::poll(both, 2, time);
    if (by.is_stopped())
      return failure{errc::shutting_down, "the node stops"};
    if (both[1].revents != 0) {
      by.clear();
      taken.is_there = true;
    }
    if (n > 0 && both[0].revents != 0)
      return std::nullopt;
    if (time == 0)
      return failure{errc::timeout, "no answer in time"};
  }
}

addresses await_addresses(const endpoint& x, instant until, waker& by) {
  if (auto known = actors::numeric(x))
    return std::move(*known);
  auto task = std::make_shared<name_lookup>();
  if (!task->done)
    return no_lookup(x, "no descriptor left");
  if (++name_lookups > max_name_lookups) {
    --name_lookups;
    return no_lookup(x, "too many lookups at once");
  }
  try {
    std::thread{[task, x] {
      task->finish(actors::look_up(x));
      --name_lookups;
    }}.detach();
  } catch (const std::system_error& e) {
    --name_lookups;
    return no_lookup(x, e.what());
  }
  if (auto why = await(task->done.get(), POLLIN, until, by))
    return *why;
  std::lock_guard lock{task->mtx};
  return std::move(task->result);
}

} // namespace horde::formation
