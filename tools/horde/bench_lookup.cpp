// SPDX-License-Identifier: MIT
//
// Pids by name: probes in no order, the same ones as in a plain
// std::unordered_map that nobody else uses, by one thread and by two.

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>
#include <unordered_map>

#include <pthread.h>
#include <sched.h>

#include "bench_data.hpp"
#include "bench_node.hpp"
#include "bench_registry.hpp"

namespace horde::tools {

namespace {

using strings = std::vector<std::string>;

/// Up to so many names all is in the caches of the processor.
constexpr std::size_t few_names = 1'000;

constexpr std::size_t usual_probes = 500'000;

/// The best of these is taken, of what is compared in turns. They are short, so
/// that there is one in which others left the machine to us.
constexpr std::size_t rounds = 20;

/// Names in no order, and how many of them are looked up in a round.
struct questions {
  strings names;
  std::size_t count;
};

/// Calls `f` with one name after the other; returns how many were found.
template <class F>
std::size_t probe(const questions& asked, std::size_t first, F f) {
  std::size_t found = 0;
  for (std::size_t n = 0, i = first % asked.names.size(); n < asked.count;
       ++n) {
    found += f(asked.names[i]) ? 1 : 0;
    if (++i == asked.names.size())
      i = 0;
  }
  return found;
}

void check_found(std::size_t found, std::size_t asked) {
  if (found != asked)
    give_up("a name is not found");
}

/// Lookups a second in processor time.
template <class F>
double own_rate(const questions& asked, std::size_t first, F f) {
  std::size_t found = 0;
  auto time = own_seconds([&] { found = probe(asked, first, f); });
  check_found(found, asked.count);
  return static_cast<double>(asked.count) / time;
}

/// The calling thread runs on that processor of this machine, if it may.
void stay_on(std::size_t processor) {
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(processor, &only);
  ::pthread_setaffinity_np(::pthread_self(), sizeof(only), &only);
}

/// Lookups a second by the clock on the wall, of so many threads together, each
/// on a processor of its own.
template <class F>
double rate_of(std::size_t threads, const questions& asked, std::size_t first,
               F f) {
  std::atomic<std::size_t> waiting = 0;
  std::atomic<std::size_t> found = 0;
  std::atomic<bool> may_start = false;
  auto run = [&](std::size_t number) {
    stay_on(number);
    ++waiting;
    while (!may_start) {
    }
    found += probe(asked, first + number * asked.names.size() / threads, f);
  };
  std::vector<std::thread> all;
  for (std::size_t i = 0; i < threads; ++i)
    all.emplace_back(run, i);
  while (waiting != threads)
    std::this_thread::yield();
  auto time = wall_seconds([&] {
    may_start = true;
    for (auto& x : all)
      x.join();
  });
  check_found(found, threads * asked.count);
  return static_cast<double>(threads * asked.count) / time;
}

template <class F>
void two_threads(const std::string& what, const questions& asked, F f,
                 const emit& out) {
  double one = 0;
  double two = 0;
  for (std::size_t i = 0; i < rounds; ++i) {
    one = std::max(one, rate_of(1, asked, i * asked.count, f));
    two = std::max(two, rate_of(2, asked, i * asked.count, f));
  }
  out({what, two / 1e6, "M/s", "one thread", one / 1e6, ">= 1.7x",
       two >= 1.7 * one});
}

} // namespace

void bench_lookup(std::size_t keys, const emit& out) {
  bench_node home;
  home.start();
  home.start_registry();
  home.fill(0, keys);
  questions all{some_keys(keys), times_for(keys, usual_probes)};
  std::unordered_map<std::string, pid> plain;
  for (const auto& x : all.names) // in the same order as the registry
    plain.emplace(x, *home.names.whereis(x));
  std::ranges::shuffle(all.names, std::mt19937_64{1});

  auto in_registry = [&](const std::string& name) {
    return home.names.whereis(name);
  };
  auto in_map = [&](const std::string& name) -> std::optional<pid> {
    auto i = plain.find(name);
    return i == plain.end() ? std::nullopt : std::optional{i->second};
  };
  double ours = 0;
  double beside = 0;
  for (std::size_t i = 0; i < rounds; ++i) {
    ours = std::max(ours, own_rate(all, i * all.count, in_registry));
    beside = std::max(beside, own_rate(all, i * all.count + keys / 2, in_map));
  }
  auto few = keys <= few_names;
  out({"lookup of a pid, one thread", ours / 1e6, "M/s", "unordered_map",
       beside / 1e6, few ? ">= 10 M/s" : "within 2x",
       few ? ours >= 10e6 : 2 * ours >= beside});
  two_threads("lookup of a pid, two threads", all, in_registry, out);
  two_threads("  of one hot name", {{all.names.front()}, all.count},
              in_registry, out);
}

} // namespace horde::tools
