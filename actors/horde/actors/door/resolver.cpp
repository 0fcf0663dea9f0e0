// SPDX-License-Identifier: MIT

#include "horde/actors/door/resolver.hpp"

#include <system_error>
#include <thread>
#include <utility>

namespace horde::actors {

namespace {

// One slow name server must not hold up all names.
constexpr std::size_t max_threads = 4;
constexpr std::size_t max_waiting = 1024;

} // namespace

void resolver::resolve(const endpoint& x, callback then) {
  if (auto known = numeric(x))
    return then(std::move(*known));
  if (running_ < max_threads)
    return start({x, std::move(then)});
  if (waiting_.size() < max_waiting)
    return waiting_.push_back({x, std::move(then)});
  then(failure{errc::cannot_connect,
               "cannot resolve '" + x.host + "': too many lookups at once"});
}

void resolver::start(lookup x) {
  ++running_;
  // Only touches `this` from a task of the inbox, so never after its end.
  auto work = [this, back = inbox_, x] {
    auto result = look_up(x.what);
    back->post([this, then = x.then, result = std::move(result)] {
      finish(then, result);
    });
  };
  try {
    std::thread{std::move(work)}.detach();
  } catch (const std::system_error& e) {
    --running_;
    x.then(failure{errc::cannot_connect,
                   "cannot resolve '" + x.what.host + "': " + e.what()});
  }
}

void resolver::finish(const callback& then, addresses result) {
  --running_;
  if (!waiting_.empty()) {
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    start(std::move(next));
  }
  then(std::move(result));
}

} // namespace horde::actors
