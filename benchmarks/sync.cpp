// SPDX-License-Identifier: MIT
//
// The parts of replication one by one: the codec of a group, its join, the
// making of a group from the log, and the digests below a node of the tree. The
// map itself is measured by map.cpp, the whole by `horde bench sync`.

#include <algorithm>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "bench_data.hpp"
#include "horde/sync/push_log.hpp"

namespace {

using namespace horde;
using tools::group_size;
using tools::some_value;

constexpr replica_id writer_id{0xa5a5'5a5a'0f0f'f0f1};
constexpr replica_id reader_id{0xc3c3'3c3c'9696'6969};

std::size_t count_of(const benchmark::State& state) {
  return static_cast<std::size_t>(state.range(0));
}

/// The group with the entries number `from` and on. Its views are into `keys`.
sync::push group_of(const std::vector<std::string>& keys, std::size_t from) {
  sync::push x;
  x.previous = x.upto = from;
  for (; x.upto < from + group_size && x.upto < keys.size(); ++x.upto) {
    const auto& key = keys[x.upto];
    x.own.add_hash(hash64(key));
    x.own.add_key(key);
    x.own.add_version(
      {{writer_id, x.upto + 1}, crdt::stamp{(x.upto + 1) << 16}, some_value});
  }
  return x;
}

void count_group(benchmark::State& state, std::size_t bytes) {
  auto n = static_cast<std::size_t>(state.iterations());
  state.SetItemsProcessed(static_cast<std::int64_t>(n * group_size));
  state.SetBytesProcessed(static_cast<std::int64_t>(n * bytes));
}

// -- the codec ---------------------------------------------------------------

void encode_group(benchmark::State& state) {
  auto keys = tools::some_keys(group_size);
  auto x = group_of(keys, 0);
  std::size_t bytes = 0;
  for (auto _ : state) {
    auto result = sync::encode_message(x);
    bytes = result.size();
    benchmark::DoNotOptimize(result.data());
  }
  count_group(state, bytes);
}

void decode_group(benchmark::State& state) {
  auto keys = tools::some_keys(group_size);
  auto bytes = sync::encode_message(group_of(keys, 0));
  for (auto _ : state)
    benchmark::DoNotOptimize(sync::decode_message(bytes));
  count_group(state, bytes.size());
}

// -- groups ------------------------------------------------------------------

/// A replica that has so many keys gets groups with newer versions of some.
void join_group(benchmark::State& state) {
  auto keys = tools::some_keys(count_of(state));
  std::ranges::shuffle(keys, std::mt19937_64{1});
  moment now;
  sync::replica source{writer_id, {}, 1};
  sync::replica x{reader_id, {}, 2};
  source.neighbour_up(reader_id, now);
  source.finish(now);
  std::size_t next = 0;
  std::size_t bytes = 0;
  auto group = [&] {
    for (std::size_t i = 0; i < group_size; ++i, ++next)
      source.put(keys[next % keys.size()], some_value, source.stamp_at(now));
    auto sends = source.finish(now).sends;
    bytes = sends.back().bytes->size();
    return sends.back().bytes;
  };
  auto join = [&](const std::string& message) {
    x.receive(writer_id, message, now);
    return x.finish(now).sends;
  };
  auto acknowledge = [&](const std::vector<sync::send>& answers) {
    for (const auto& y : answers)
      source.receive(reader_id, *y.bytes, now);
  };
  while (next < keys.size())
    acknowledge(join(*group()));
  for (auto _ : state) {
    state.PauseTiming();
    auto message = group();
    state.ResumeTiming();
    auto answers = join(*message);
    state.PauseTiming();
    acknowledge(answers);
    state.ResumeTiming();
  }
  if (x.map().digest() != source.map().digest())
    state.SkipWithError("not all was joined");
  count_group(state, bytes);
}

/// A group from the log and the map, for a neighbour at some place in the log.
void group_after(benchmark::State& state) {
  auto keys = tools::some_keys(count_of(state));
  std::ranges::shuffle(keys, std::mt19937_64{1});
  sync::config limits;
  limits.max_group_keys = group_size;
  limits.max_log_records = keys.size();
  crdt::aw_lww_map map{0};
  sync::push_log log;
  std::vector<crdt::dot> gone;
  for (const auto& key : keys) {
    auto id = map.next(writer_id);
    map.put(key, {id, crdt::stamp{id.counter << 16}, some_value}, {}, gone);
    log.append(map.hash_of(key), {&id, 1}, limits.max_log_records);
  }
  auto position = log.group_after(0, map, limits).upto;
  std::size_t bytes = 0;
  for (auto _ : state) {
    const auto& x = log.group_after(position, map, limits);
    bytes = x.bytes->size();
    // Another place each time: the group made last is kept.
    position = x.upto + group_size < log.newest() ? x.upto : 0;
  }
  count_group(state, bytes);
}

/// The longest step of a replica that tells a neighbour of all writes in its
/// log, of which none was told before: the longest of its groups, in
/// microseconds, of the best of some times.
void longest_group_after(benchmark::State& state) {
  auto keys = tools::some_keys(count_of(state));
  std::ranges::shuffle(keys, std::mt19937_64{1});
  sync::config limits;
  limits.max_group_keys = group_size;
  crdt::aw_lww_map map{0};
  std::vector<crdt::dot> gone;
  std::vector<std::pair<std::uint64_t, crdt::dot>> writes;
  for (const auto& key : keys) {
    auto id = map.next(writer_id);
    map.put(key, {id, crdt::stamp{id.counter << 16}, some_value}, {}, gone);
    writes.emplace_back(map.hash_of(key), id);
  }
  auto best = std::numeric_limits<double>::max();
  auto first = best;
  for (auto _ : state) {
    sync::push_log log;
    for (const auto& [hash, id] : writes)
      log.append(hash, {&id, 1}, limits.max_log_records);
    double longest = 0;
    for (std::uint64_t position = 0; position < log.newest();) {
      auto time = tools::own_seconds(
        [&] { position = log.group_after(position, map, limits).upto; });
      first = longest == 0 ? std::min(first, time) : first;
      longest = std::max(longest, time);
    }
    best = std::min(best, longest);
  }
  state.counters["first_us"] = first * 1e6;
  state.counters["longest_us"] = best * 1e6;
}

// -- digests -----------------------------------------------------------------

/// Of nodes of one level, in no order.
void digests_below(benchmark::State& state) {
  crdt::aw_lww_map map{0};
  std::vector<crdt::dot> gone;
  for (std::size_t i = 0; i < count_of(state); ++i) {
    auto id = map.next(writer_id);
    map.put(tools::key_of(i), {id, crdt::stamp{id.counter}, some_value}, {},
            gone);
  }
  auto level = static_cast<unsigned>(state.range(1));
  std::mt19937_64 rng{1};
  for (auto _ : state)
    benchmark::DoNotOptimize(
      map.digests_below(crdt::tree_node::of(rng(), level)));
  state.SetItemsProcessed(state.iterations());
}

void sizes(benchmark::internal::Benchmark* x) {
  x->ArgName("keys")->Arg(1'000)->Arg(100'000)->Arg(1'000'000);
}

BENCHMARK(encode_group);
BENCHMARK(decode_group);
BENCHMARK(join_group)->Apply(sizes);
BENCHMARK(group_after)->Apply(sizes);
BENCHMARK(longest_group_after)->ArgName("keys")->Arg(1'000)->Arg(65'536);
BENCHMARK(digests_below)
  ->ArgNames({"keys", "level"})
  ->ArgsProduct({{1'000, 100'000, 1'000'000}, {0, 2, 4, 5, 6}});

} // namespace

BENCHMARK_MAIN();
