// SPDX-License-Identifier: MIT
//
// What it costs to be safe from user actors that block the pool: a request to
// an actor of the pool, a request to an actor with a thread of its own, and a
// call behind a lock in the caller's thread. Each beside the others in one run;
// the choice is recorded in docs/decisions/0003-isolation.md.

#include <algorithm>
#include <chrono>
#include <future>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "horde/horde.hpp"

namespace {

using namespace horde;

caf::behavior echo(caf::event_based_actor*) {
  return {[](const lookup_name& x) { return x.name.size(); }};
}

struct bench_config : horde::config {
  bench_config() {
    add_actor_type("idle", [](caf::event_based_actor*) -> caf::behavior {
      return {[](int) {}};
    });
  }
};

struct fixture {
  bench_config cfg;
  caf::actor_system sys{cfg};
  horde::node node = *horde::node::start(sys, *cfg.node());
  horde::registry names = *horde::registry::start(node, {.name = "names"});
  horde::dynamic_supervisor workers =
    *horde::dynamic_supervisor::start(node, {.name = "workers"});
};

/// Lives in `main`: an actor system must end before static objects do.
fixture* instance = nullptr;

fixture& shared() {
  return *instance;
}

void request(benchmark::State& state, const caf::actor& to) {
  caf::scoped_actor self{shared().sys};
  for (auto _ : state)
    ask(self, to, std::chrono::seconds{5}, lookup_name{"x"})
      .receive([](std::size_t) {},
               [&](const caf::error&) { state.SkipWithError("no answer"); });
  caf::anon_send_exit(to, caf::exit_reason::kill);
}

void request_to_pooled_actor(benchmark::State& state) {
  request(state, shared().sys.spawn(echo));
}
BENCHMARK(request_to_pooled_actor)->UseRealTime();

void request_to_detached_actor(benchmark::State& state) {
  request(state, shared().sys.spawn<caf::detached>(echo));
}
BENCHMARK(request_to_detached_actor)->UseRealTime();

void register_and_unregister_in_callers_thread(benchmark::State& state) {
  caf::scoped_actor self{shared().sys};
  auto who = caf::actor_cast<caf::actor>(self);
  std::ignore = shared().names.register_name(who, "keeps it watched");
  for (auto _ : state) {
    if (!shared().names.register_name(who, "name"))
      state.SkipWithError("not registered");
    shared().names.unregister(who, "name");
  }
}
BENCHMARK(register_and_unregister_in_callers_thread)->UseRealTime();

void lookup(benchmark::State& state) {
  caf::scoped_actor self{shared().sys};
  std::ignore = shared().names.register_name(caf::actor_cast<caf::actor>(self),
                                             "looked up");
  for (auto _ : state)
    benchmark::DoNotOptimize(shared().names.whereis("looked up"));
}
BENCHMARK(lookup)->UseRealTime();

/// Occupies every thread of the pool for as long as it lives.
class blocked_pool {
public:
  blocked_pool() {
    for (int i = 0; i < 64; ++i)
      shared().sys.spawn(
        [released = released_](caf::event_based_actor*) { released.wait(); });
  }

  ~blocked_pool() { release_.set_value(); }

private:
  std::promise<void> release_;
  std::shared_future<void> released_ = release_.get_future().share();
};

// A request to an actor of the pool would not be answered at all.

void request_to_detached_actor_pool_blocked(benchmark::State& state) {
  blocked_pool block;
  request_to_detached_actor(state);
}
BENCHMARK(request_to_detached_actor_pool_blocked)->UseRealTime();

void register_and_unregister_pool_blocked(benchmark::State& state) {
  blocked_pool block;
  register_and_unregister_in_callers_thread(state);
}
BENCHMARK(register_and_unregister_pool_blocked)->UseRealTime();

/// Calls `f` with the number of each iteration; shows what 99 of 100 stay
/// below.
template <class F>
void measure_p99(benchmark::State& state, F f) {
  using clock = std::chrono::steady_clock;
  std::vector<double> taken;
  for (auto _ : state) {
    auto start = clock::now();
    f(taken.size());
    taken.push_back(
      std::chrono::duration<double>(clock::now() - start).count());
  }
  std::ranges::sort(taken);
  if (!taken.empty())
    state.counters["p99"] = taken[taken.size() * 99 / 100];
}

void lookup_pool_blocked(benchmark::State& state) {
  blocked_pool block;
  measure_p99(state, [](std::size_t) {
    benchmark::DoNotOptimize(shared().names.whereis("no such name"));
  });
}
BENCHMARK(lookup_pool_blocked)->UseRealTime();

void start_child_pool_blocked(benchmark::State& state) {
  blocked_pool block;
  auto& workers = shared().workers;
  measure_p99(state, [&](std::size_t i) {
    child_spec spec;
    spec.id = std::to_string(i);
    spec.type = "idle";
    if (!workers.start_child(std::move(spec)))
      state.SkipWithError("not started");
  });
}
BENCHMARK(start_child_pool_blocked)->UseRealTime()->Iterations(5000);

} // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  fixture all;
  instance = &all;
  benchmark::RunSpecifiedBenchmarks();
  all.node.stop();
}
