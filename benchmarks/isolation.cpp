// SPDX-License-Identifier: MIT
//
// What it costs to be safe from user actors that block the pool: a request to
// an actor of the pool, a request to an actor with a thread of its own, and a
// call behind a lock in the caller's thread. Each beside the others in one run;
// the choice is recorded in docs/decisions/0003-isolation.md.

#include <benchmark/benchmark.h>

#include "horde/horde.hpp"

namespace {

using namespace horde;

caf::behavior echo(caf::event_based_actor*) {
  return {[](const lookup_name& x) { return x.name.size(); }};
}

struct fixture {
  horde::config cfg;
  caf::actor_system sys{cfg};
  horde::node node = *horde::node::start(sys, cfg.defaults);
  horde::registry names = *horde::registry::start(node, {.name = "names"});
};

fixture& shared() {
  static fixture x;
  return x;
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

} // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  shared().node.stop();
}
