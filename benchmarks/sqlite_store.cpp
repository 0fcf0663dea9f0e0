// SPDX-License-Identifier: MIT
//
// The store on SQLite: steps a second, by records a step and by durability, and
// the load of a large map. The folder is the first argument that Google
// Benchmark does not know: what counts is the disk below it.

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include <benchmark/benchmark.h>

#include "horde/random.hpp"
#include "horde/storage/sqlite_storage.hpp"

namespace {

using namespace horde;
using storage::sqlite_storage;
using sync::stored_record;

std::filesystem::path folder;

std::string fresh_file() {
  auto path = folder / "horde-store-benchmark";
  for (const auto* suffix : {"", "-wal", "-lock"})
    std::filesystem::remove(path.string() + suffix);
  return path.string();
}

template <class T>
T take(outcome<T> x) {
  if (auto* error = std::get_if<failure>(&x)) {
    std::cerr << error->what << '\n';
    std::exit(1);
  }
  return std::get<T>(std::move(x));
}

std::vector<stored_record> random_records(random_engine& rng, std::size_t n) {
  std::vector<stored_record> result(n);
  for (auto& x : result)
    x = {rng(), std::string(120, 'x')};
  return result;
}

void append(benchmark::State& state) {
  auto records = static_cast<std::size_t>(state.range(0));
  auto survives = state.range(1) == 0 ? storage::durability::process
                                      : storage::durability::power;
  auto store = take(sqlite_storage::open(fresh_file(), {.survives = survives}));
  take(store->load());
  random_engine rng{1};
  // As in a horde that has some names already.
  if (store->snapshot({"header", random_records(rng, 10'000)}))
    std::exit(1);
  std::string header(200, 'h');
  for (auto _ : state) {
    state.PauseTiming();
    auto changed = random_records(rng, records);
    state.ResumeTiming();
    if (store->append(header, changed))
      state.SkipWithError("append failed");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void load(benchmark::State& state) {
  random_engine rng{1};
  auto n = static_cast<std::size_t>(state.range(0));
  auto store = take(sqlite_storage::open(fresh_file()));
  if (store->snapshot({"header", random_records(rng, n)}))
    std::exit(1);
  for (auto _ : state) {
    state.PauseTiming();
    auto path = (folder / "horde-store-benchmark").string();
    store.reset();
    state.ResumeTiming();
    store = take(sqlite_storage::open(path));
    benchmark::DoNotOptimize(take(store->load()));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void snapshot(benchmark::State& state) {
  random_engine rng{1};
  auto store = take(sqlite_storage::open(fresh_file()));
  take(store->load());
  auto n = static_cast<std::size_t>(state.range(0));
  sync::stored_state all{"header", random_records(rng, n)};
  for (auto _ : state)
    if (store->snapshot(all))
      state.SkipWithError("snapshot failed");
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

BENCHMARK(append)
  ->ArgNames({"records", "power"})
  ->Args({1, 0})
  ->Args({100, 0})
  ->Args({1, 1})
  ->Args({100, 1})
  ->UseRealTime();
BENCHMARK(load)->Arg(100'000)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(snapshot)->Arg(100'000)->UseRealTime()->Unit(benchmark::kMillisecond);

} // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  folder = argc > 1 ? argv[1] : std::filesystem::temp_directory_path();
  benchmark::RunSpecifiedBenchmarks();
  fresh_file();
  return 0;
}
