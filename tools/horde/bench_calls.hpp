// SPDX-License-Identifier: MIT
//
// Actors that ask another one many times, and what that takes: for a registry,
// a supervisor, and bare actors that get the same messages.

#pragma once

#include <cstddef>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "bench_data.hpp"
#include "bench_node.hpp"

namespace horde::tools {

/// Seconds until `body`, run as an actor of the pool, has kept its promise.
template <class F>
double seconds_of_actor(caf::actor_system& sys, F body) {
  auto done = std::make_shared<std::promise<void>>();
  auto end = done->get_future();
  return wall_seconds([&] {
    sys.spawn([&](caf::event_based_actor* self) { body(self, done); });
    end.wait();
  });
}

/// One series of calls, shared by the callbacks of its actor.
template <class Call>
struct call_series {
  caf::event_based_actor* self;
  std::size_t count;
  Call call;
  std::shared_ptr<std::promise<void>> done;
  std::size_t sent = 0;
  std::size_t answered = 0;
};

template <class Call>
void call_next(const std::shared_ptr<call_series<Call>>& x) {
  if (x->sent == x->count)
    return;
  x->call(x->self, x->sent++, [x] {
    if (++x->answered == x->count)
      x->done->set_value();
    else
      call_next(x);
  });
}

/// Calls answered in a second when an actor of the pool makes so many, and has
/// at most `outstanding` under way. `call(self, i, answered)` makes number i
/// and calls `answered()` once it has been answered.
template <class Call>
double call_rate(caf::actor_system& sys, std::size_t count,
                 std::size_t outstanding, Call call) {
  auto time = seconds_of_actor(sys, [&](auto* self, auto done) {
    auto x = std::make_shared<call_series<Call>>(
      call_series<Call>{self, count, call, done});
    for (std::size_t i = 0; i < outstanding; ++i)
      call_next(x);
  });
  return static_cast<double>(count) / time;
}

/// Requests answered in a second when an actor of the pool sends
/// `register_self` with each name to `to`, and has at most `outstanding` under
/// way.
double request_rate(caf::actor_system& sys, const caf::actor& to,
                    const std::vector<std::string>& names,
                    std::size_t outstanding);

/// The same messages without an answer, but for one to the last.
double send_rate(caf::actor_system& sys, const caf::actor& to,
                 const std::vector<std::string>& names);

/// The rate of requests of one actor to a bare one.
double bare_request_rate(std::size_t outstanding);

/// The rate of sends to a bare actor.
double bare_send_rate();

} // namespace horde::tools
