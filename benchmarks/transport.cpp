// SPDX-License-Identifier: MIT
//
// What encryption costs: the same requests over a link with TLS and over one
// without. Two actor systems in this process, behind real doors, on loopback.

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <benchmark/benchmark.h>

#include "horde/actors/door/door.hpp"
#include "horde/horde.hpp"

namespace {

using namespace horde;

/// Answers a text with its length.
caf::behavior counter(caf::event_based_actor*) {
  return {[](const lookup_name& x) { return x.name.size(); }};
}

/// A system with a door that is open.
struct side {
  explicit side(transport how, const std::string& name)
      : front(sys, config(how)) {
    at = std::get<endpoint>(front.listen());
    published = sys.spawn(counter);
    actors::door_identity self{"bench",
                               {name, {1, std::hash<std::string>{}(name)}},
                               actors::peer_role::member};
    front.open(self, caf::actor_cast<caf::strong_actor_ptr>(published),
               [this](actors::door_event x) { take(std::move(x)); });
  }

  ~side() {
    front.stop();
    caf::anon_send_exit(published, caf::exit_reason::kill);
  }

  static actors::door_config config(transport how) {
    actors::door_config result;
    result.listen = endpoint{"127.0.0.1", 0};
    result.secret = "0123456789abcdef0123456789abcdef";
    result.transport = how;
    return result;
  }

  void take(actors::door_event x) {
    std::lock_guard guard{mutex};
    if (auto* y = std::get_if<actors::door_events::dialed>(&x))
      link = std::move(*y);
    changed.notify_all();
  }

  caf::actor connect(const endpoint& to) {
    front.dial(to);
    std::unique_lock guard{mutex};
    changed.wait(guard, [this] { return link.has_value(); });
    caf::scoped_actor self{sys};
    caf::actor result;
    front.request_hand_over(self.ptr(), std::move(link->scribe))
      .receive(
        [&](const caf::node_id&, const caf::strong_actor_ptr& peer,
            const std::set<std::string>&) {
          result = caf::actor_cast<caf::actor>(peer);
        },
        [](const caf::error&) {});
    return result;
  }

  horde::config cfg;
  caf::actor_system sys{cfg};
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<actors::door_events::dialed> link;
  actors::door front;
  caf::actor published;
  endpoint at;
};

struct pair {
  explicit pair(transport how)
      : left(how, "left"), right(how, "right"), peer(left.connect(right.at)) {}

  side left;
  side right;
  caf::actor peer;
};

/// They live in `main`: an actor system must end before static objects do.
std::unique_ptr<pair> pairs[2];

/// Requests of `range(1)` bytes, one after the other.
void request(benchmark::State& state) {
  auto& x = *pairs[state.range(0)];
  state.SetLabel(state.range(0) == 0 ? "tls" : "hmac");
  std::string text(static_cast<std::size_t>(state.range(1)), 'x');
  caf::scoped_actor self{x.left.sys};
  for (auto _ : state)
    ask(self, x.peer, std::chrono::seconds{20}, lookup_name{text})
      .receive([](std::size_t) {},
               [&](const caf::error&) { state.SkipWithError("no answer"); });
  state.SetBytesProcessed(state.iterations() * state.range(1));
}
BENCHMARK(request)
  ->ArgsProduct({{0, 1}, {16, 1 << 20, 8 << 20}})
  ->UseRealTime()
  ->MeasureProcessCPUTime();

} // namespace

int main(int argc, char** argv) {
  pairs[0] = std::make_unique<pair>(transport::tls);
  pairs[1] = std::make_unique<pair>(transport::hmac);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  for (auto& x : pairs)
    x.reset();
}
