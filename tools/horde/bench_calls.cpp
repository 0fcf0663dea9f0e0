// SPDX-License-Identifier: MIT

#include "bench_calls.hpp"

#include <algorithm>

namespace horde::tools {

namespace {

using strings = std::vector<std::string>;

constexpr std::size_t bare_requests = 20'000;
constexpr std::size_t bare_sends = 200'000;

/// The best of these is taken. They are short, so that there is one in which
/// others left the machine to us.
constexpr int bare_rounds = 15;

/// Takes `register_self` and does nothing.
caf::actor spawn_bare(caf::actor_system& sys) {
  return sys.spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[](const register_self&) {}};
  });
}

} // namespace

double request_rate(caf::actor_system& sys, const caf::actor& to,
                    const strings& names, std::size_t outstanding) {
  return call_rate(
    sys, names.size(), outstanding,
    [&](auto* self, std::size_t i, auto answered) {
      ask(self, to, caf::infinite, register_self{names[i], {}})
        .then(answered, [](const caf::error& why) { give_up(render(why)); });
    });
}

double send_rate(caf::actor_system& sys, const caf::actor& to,
                 const strings& names) {
  auto time = seconds_of_actor(sys, [&](auto* self, auto done) {
    for (std::size_t i = 0; i + 1 < names.size(); ++i)
      tell(self, to, register_self{names[i], {}});
    ask(self, to, caf::infinite, register_self{names.back(), {}})
      .then([done] { done->set_value(); },
            [](const caf::error& why) { give_up(render(why)); });
  });
  return static_cast<double>(names.size()) / time;
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
