// SPDX-License-Identifier: MIT
//
// The shared map's storage with its digests, without log and network, beside a
// `std::unordered_map` of the same keys and values. Keys are made before the
// clock starts, and those that are looked up or written again come in another
// order than the one in which they were added.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include <benchmark/benchmark.h>
#include <time.h>

#include "bench_allocations.hpp"
#include "horde/crdt/aw_lww_map.hpp"

namespace {

using namespace horde::crdt;
using horde::replica_id;
using strings = std::vector<std::string>;

constexpr replica_id self{1};
constexpr replica_id peer{2};
const std::string some_value = "a value of 24 bytes here";

strings keys_of(std::size_t n) {
  strings result;
  result.reserve(n);
  for (std::size_t i = 0; i < n; ++i) {
    auto digits = std::to_string(i);
    result.push_back("name of " + std::string(8 - digits.size(), '0') + digits);
  }
  return result;
}

strings shuffled(strings xs) {
  std::ranges::shuffle(xs, std::mt19937_64{1});
  return xs;
}

std::size_t count_of(const benchmark::State& state) {
  return static_cast<std::size_t>(state.range(0));
}

void count_keys(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

/// Puts like a replica: with the next dot, over everything that is there.
class writer {
public:
  void put(std::string_view key) {
    next_.id = map.next(self);
    next_.when = stamp{next_.id.counter};
    gone_.clear();
    map.put(key, next_, {}, gone_);
  }

  aw_lww_map map{42};

private:
  version next_{{}, {}, some_value};
  std::vector<dot> gone_;
};

/// Joins what a peer wrote: the first time new keys, then newer versions.
class joiner {
public:
  void join(const strings& keys) {
    for (const auto& key : keys) {
      ++counter_;
      news_.clear();
      news_.add_hash(map.hash_of(key));
      news_.add_key(key);
      news_.add_version({{peer, counter_}, stamp{counter_}, some_value});
      if (counter_ > keys.size())
        news_.add_gone({peer, counter_ - keys.size()});
      changed_.clear();
      map.join(news_[0], changed_);
    }
  }

  aw_lww_map map{42};

private:
  std::uint64_t counter_ = 0;
  news news_;
  strings changed_;
};

using yardstick = std::unordered_map<std::string, std::string>;

// -- puts --------------------------------------------------------------------

void put_new_keys(benchmark::State& state) {
  auto keys = keys_of(count_of(state));
  for (auto _ : state) {
    writer x;
    for (const auto& key : keys)
      x.put(key);
    state.PauseTiming(); // not what it takes to destroy it
    { auto end = std::move(x); }
    state.ResumeTiming();
  }
  count_keys(state);
}

void put_new_keys_unordered_map(benchmark::State& state) {
  auto keys = keys_of(count_of(state));
  for (auto _ : state) {
    yardstick x;
    for (const auto& key : keys)
      x.insert_or_assign(key, some_value);
    state.PauseTiming();
    { auto end = std::move(x); }
    state.ResumeTiming();
  }
  count_keys(state);
}

void put_existing_keys(benchmark::State& state) {
  auto keys = keys_of(count_of(state));
  writer x;
  for (const auto& key : keys)
    x.put(key);
  keys = shuffled(std::move(keys));
  for (auto _ : state)
    for (const auto& key : keys)
      x.put(key);
  count_keys(state);
}

void put_existing_keys_unordered_map(benchmark::State& state) {
  auto keys = keys_of(count_of(state));
  yardstick x;
  for (const auto& key : keys)
    x.emplace(key, some_value);
  keys = shuffled(std::move(keys));
  for (auto _ : state)
    for (const auto& key : keys)
      x.insert_or_assign(key, some_value);
  count_keys(state);
}

// -- joins -------------------------------------------------------------------

void join_new_keys(benchmark::State& state) {
  auto keys = keys_of(count_of(state));
  for (auto _ : state) {
    joiner x;
    x.join(keys);
    state.PauseTiming();
    { auto end = std::move(x); }
    state.ResumeTiming();
  }
  count_keys(state);
}

void join_newer_versions(benchmark::State& state) {
  auto keys = shuffled(keys_of(count_of(state)));
  joiner x;
  x.join(keys);
  for (auto _ : state)
    x.join(keys);
  count_keys(state);
}

// -- reads -------------------------------------------------------------------

void find(benchmark::State& state) {
  auto keys = keys_of(count_of(state));
  writer x;
  for (const auto& key : keys)
    x.put(key);
  keys = shuffled(std::move(keys));
  for (auto _ : state)
    for (const auto& key : keys)
      benchmark::DoNotOptimize(x.map.winner(key));
  count_keys(state);
}

void find_unordered_map(benchmark::State& state) {
  auto keys = keys_of(count_of(state));
  yardstick x;
  for (const auto& key : keys)
    x.emplace(key, some_value);
  keys = shuffled(std::move(keys));
  for (auto _ : state)
    for (const auto& key : keys)
      benchmark::DoNotOptimize(x.find(key)->second.data());
  count_keys(state);
}

/// All versions in the order of hashes: what a snapshot walks over.
void visit_all(benchmark::State& state) {
  writer x;
  for (const auto& key : keys_of(count_of(state)))
    x.put(key);
  for (auto _ : state) {
    std::uint64_t sum = 0;
    x.map.for_each([&](std::string_view, auto versions) {
      for (const auto& v : versions)
        sum += v.id.counter;
    });
    benchmark::DoNotOptimize(sum);
  }
  count_keys(state);
}

// -- stalls and memory -------------------------------------------------------

/// The processor time of this thread: what others take of a busy machine is not
/// in it.
std::chrono::nanoseconds own_time() {
  timespec x{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &x);
  return std::chrono::seconds{x.tv_sec} + std::chrono::nanoseconds{x.tv_nsec};
}

/// Fills a container and reports the longest single step, of all rounds the
/// best: page faults and interrupts are in the others.
template <class Container, class Step>
void fill_step_by_step(benchmark::State& state, Step step) {
  auto keys = keys_of(count_of(state));
  auto best = std::chrono::nanoseconds::max();
  for (auto _ : state) {
    Container x;
    std::chrono::nanoseconds longest{0};
    auto before = own_time();
    for (const auto& key : keys) {
      step(x, key);
      auto after = own_time();
      longest = std::max(longest, after - before);
      before = after;
    }
    best = std::min(best, longest);
  }
  state.counters["longest_us"] =
    std::chrono::duration<double, std::micro>(best).count();
}

void longest_put(benchmark::State& state) {
  fill_step_by_step<writer>(state,
                            [](writer& x, const auto& key) { x.put(key); });
}

void longest_put_unordered_map(benchmark::State& state) {
  fill_step_by_step<yardstick>(
    state, [](yardstick& x, const auto& key) { x.emplace(key, some_value); });
}

/// Bytes an entry takes beside its key and value.
void memory(benchmark::State& state) {
  auto keys = keys_of(count_of(state));
  double used = 0;
  for (auto _ : state) {
    horde::tools::allocation_count count;
    writer x;
    for (const auto& key : keys)
      x.put(key);
    used = static_cast<double>(count.now().bytes);
  }
  auto payload = static_cast<double>(keys[0].size() + some_value.size());
  state.counters["bytes_over"] =
    used / static_cast<double>(keys.size()) - payload;
}

void sizes(benchmark::internal::Benchmark* x) {
  x->Arg(1'000)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
}

BENCHMARK(put_new_keys)->Apply(sizes);
BENCHMARK(put_new_keys_unordered_map)->Apply(sizes);
BENCHMARK(put_existing_keys)->Apply(sizes);
BENCHMARK(put_existing_keys_unordered_map)->Apply(sizes);
BENCHMARK(join_new_keys)->Apply(sizes);
BENCHMARK(join_newer_versions)->Apply(sizes);
BENCHMARK(find)->Apply(sizes);
BENCHMARK(find_unordered_map)->Apply(sizes);
BENCHMARK(visit_all)->Apply(sizes);
BENCHMARK(longest_put)->Apply(sizes)->Iterations(5);
BENCHMARK(longest_put_unordered_map)->Apply(sizes)->Iterations(5);
BENCHMARK(memory)->Apply(sizes)->Iterations(1);

} // namespace

BENCHMARK_MAIN();
