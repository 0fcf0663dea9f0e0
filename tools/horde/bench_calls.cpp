// SPDX-License-Identifier: MIT

#include "bench_calls.hpp"

#include <algorithm>
#include <future>
#include <memory>

#include "bench_data.hpp"

namespace horde::tools {

namespace {

using strings = std::vector<std::string>;

constexpr std::size_t bare_requests = 20'000;
constexpr std::size_t bare_sends = 200'000;

/// The best of these is taken. They are short, so that there is one in which
/// others left the machine to us.
constexpr int bare_rounds = 15;

/// One series of requests, shared by the callbacks of its actor.
struct series {
  caf::event_based_actor* self;
  caf::actor to;
  const strings* names;
  std::shared_ptr<std::promise<void>> done;
  std::size_t sent = 0;
  std::size_t answered = 0;
};

void ask_next(const std::shared_ptr<series>& x) {
  if (x->sent == x->names->size())
    return;
  ask(x->self, x->to, caf::infinite, register_self{(*x->names)[x->sent++], {}})
    .then(
      [x] {
        if (++x->answered == x->names->size())
          x->done->set_value();
        else
          ask_next(x);
      },
      [](const caf::error& why) { give_up(render(why)); });
}

double per_second(const strings& names, double time) {
  return static_cast<double>(names.size()) / time;
}

/// Seconds until `body`, run as an actor of the pool, has kept its promise.
template <class F>
double time_of_actor(caf::actor_system& sys, F body) {
  auto done = std::make_shared<std::promise<void>>();
  auto end = done->get_future();
  return wall_seconds([&] {
    sys.spawn([&](caf::event_based_actor* self) { body(self, done); });
    end.wait();
  });
}

/// Takes `register_self` and does nothing.
caf::actor spawn_bare(caf::actor_system& sys) {
  return sys.spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[](const register_self&) {}};
  });
}

} // namespace

double request_rate(caf::actor_system& sys, const caf::actor& to,
                    const strings& names, std::size_t outstanding) {
  return per_second(
    names, time_of_actor(sys, [&](auto* self, auto done) {
      auto x = std::make_shared<series>(series{self, to, &names, done});
      for (std::size_t i = 0; i < outstanding; ++i)
        ask_next(x);
    }));
}

double send_rate(caf::actor_system& sys, const caf::actor& to,
                 const strings& names) {
  return per_second(
    names, time_of_actor(sys, [&](auto* self, auto done) {
      for (std::size_t i = 0; i + 1 < names.size(); ++i)
        tell(self, to, register_self{names[i], {}});
      ask(self, to, caf::infinite, register_self{names.back(), {}})
        .then([done] { done->set_value(); },
              [](const caf::error& why) { give_up(render(why)); });
    }));
}

double bare_request_rate(std::size_t outstanding) {
  auto names = some_keys(bare_requests);
  horde::config cfg;
  caf::actor_system sys{cfg};
  auto to = spawn_bare(sys);
  double best = 0;
  for (auto i = 0; i < bare_rounds; ++i)
    best = std::max(best, request_rate(sys, to, names, outstanding));
  caf::anon_send_exit(to, caf::exit_reason::kill);
  return best;
}

double bare_send_rate() {
  auto names = some_keys(bare_sends);
  horde::config cfg;
  caf::actor_system sys{cfg};
  auto to = spawn_bare(sys);
  double best = 0;
  for (auto i = 0; i < bare_rounds; ++i)
    best = std::max(best, send_rate(sys, to, names));
  caf::anon_send_exit(to, caf::exit_reason::kill);
  return best;
}

} // namespace horde::tools
