// SPDX-License-Identifier: MIT
//
// How long it takes to choose a member for a child, among few and many: by each
// strategy, and with constraints; and to prepare for a new list of members.

#include <cstdint>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "horde/placement/arbiter.hpp"
#include "horde/placement/strategy_kind.hpp"

namespace {

using namespace horde;
using namespace horde::placement;

std::vector<member_info> members_of(std::int64_t n) {
  std::vector<member_info> result;
  for (std::int64_t i = 0; i < n; ++i) {
    auto& x = result.emplace_back();
    x.who = {"workers", "10.0.0." + std::to_string(100 + i) + ":4711"};
    x.status = member_status::alive;
    x.linked = true;
    x.labels = {i % 2 == 0 ? "ssd" : "hdd", "zone=" + std::to_string(i % 3)};
  }
  return result;
}

std::vector<std::string> keys() {
  std::vector<std::string> result;
  for (int i = 0; i < 1000; ++i)
    result.push_back("child-" + std::to_string(i));
  return result;
}

/// Loads that change with each choice, as in a running horde.
void choose(benchmark::State& state, strategy_kind kind,
            const constraints& place) {
  auto n = state.range(0);
  auto strategy = factory_of(kind)();
  strategy->prepare(members_of(n));
  auto names = keys();
  std::vector<std::uint32_t> load(static_cast<std::size_t>(n), 7);
  std::uint64_t i = 0;
  for (auto _ : state) {
    ++load[i % load.size()];
    auto choice = strategy->choose(wish{names[i % 1000], place},
                                   {load, load, i * 0x9e3779b97f4a7c15});
    benchmark::DoNotOptimize(choice);
    ++i;
  }
}

void choose_freely(benchmark::State& state, strategy_kind kind) {
  choose(state, kind, no_constraints);
}

void choose_by_label(benchmark::State& state, strategy_kind kind) {
  choose(state, kind, {.needs = {"ssd"}});
}

void choose_by_label_and_group(benchmark::State& state, strategy_kind kind) {
  choose(state, kind, {.needs = {"ssd"}, .group = "db"});
}

/// The loads are all equal: each member's hash with the key is asked for.
void choose_among_equals(benchmark::State& state) {
  auto strategy = factory_of(strategy_kind::least_loaded)();
  strategy->prepare(members_of(state.range(0)));
  auto names = keys();
  std::size_t i = 0;
  for (auto _ : state)
    benchmark::DoNotOptimize(strategy->choose(wish{names[i++ % 1000]}));
}

void find_arbiter(benchmark::State& state) {
  arbiter x;
  x.prepare(members_of(state.range(0)));
  auto names = keys();
  std::size_t i = 0;
  for (auto _ : state)
    benchmark::DoNotOptimize(x.of(names[i++ % 1000]));
}

void prepare(benchmark::State& state, strategy_kind kind) {
  auto list = members_of(state.range(0));
  auto other = list;
  other.pop_back();
  auto strategy = factory_of(kind)();
  for (auto _ : state) {
    strategy->prepare(list);
    strategy->prepare(other);
  }
  state.SetItemsProcessed(2 * state.iterations());
}

template <class Function, class... Args>
void add(const std::string& name, Function function, Args... args) {
  auto x = benchmark::RegisterBenchmark(name.c_str(), function, args...);
  x->Arg(3)->Arg(100);
}

void add_all() {
  for (auto kind :
       {strategy_kind::uniform, strategy_kind::quorum, strategy_kind::random,
        strategy_kind::least_loaded, strategy_kind::rendezvous}) {
    auto name = std::string{to_string(kind)};
    add("choose/" + name, choose_freely, kind);
    add("choose_by_label/" + name, choose_by_label, kind);
    add("choose_by_label_and_group/" + name, choose_by_label_and_group, kind);
    add("prepare/" + name, prepare, kind);
  }
  add("choose_among_equals/least_loaded", choose_among_equals);
  add("arbiter", find_arbiter);
}

} // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  add_all();
  benchmark::RunSpecifiedBenchmarks();
}
