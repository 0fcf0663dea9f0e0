// SPDX-License-Identifier: MIT
//
// Registrations on one of three nodes, without end: how many a second all three
// can take; how many if the writer waits for those that it is ahead of, and how
// far the others are behind then, and at a steady rate without waiting. Beside
// bare CAF messages of the same bytes over the same links, as many names in
// each as in a group of the registry's.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <queue>
#include <thread>

#include "bench_data.hpp"
#include "bench_peer.hpp"
#include "bench_registry.hpp"

namespace horde::tools {

namespace {

using clock = std::chrono::steady_clock;

/// Registered as fast as it goes.
constexpr std::size_t usual_flood = 300'000;

constexpr double wanted_rate = 200e3; ///< names a second
constexpr double steady_rate = 205e3;
constexpr std::size_t usual_steady = 1'000'000;

/// When each of these is seen elsewhere is noted.
constexpr std::size_t names_per_marker = 1'000;

/// Who waits for acknowledgements is ahead of them by so many names at most.
constexpr std::size_t names_ahead = 4'000;

/// The names from number `first` on, as fast as it goes. Names a second, until
/// all have them.
double flood_rate(bench_cluster& c, std::size_t first, std::size_t flood) {
  return static_cast<double>(flood) / wall_seconds([&] {
           c[0].fill(first, first + flood);
           c.wait_for_names(first + flood);
         });
}

/// Items a second that both others get, in messages of that many bytes.
double bare_rate(bench_cluster& c, std::size_t flood, double bytes_each) {
  std::vector<caf::actor> peers{bare_peer(c[0], c[1]), bare_peer(c[0], c[2])};
  const std::string group(
    static_cast<std::size_t>(bytes_each * static_cast<double>(group_size)),
    'x');
  caf::scoped_actor self{c[0].sys};
  return static_cast<double>(flood) / wall_seconds([&] {
           for (std::size_t i = group_size; i < flood; i += group_size)
             for (const auto& to : peers)
               tell(self, to, group);
           std::vector<decltype(ask(self, peers[0], caf::infinite, group))>
             last;
           for (const auto& to : peers)
             last.push_back(ask(self, to, caf::infinite, group));
           for (auto& x : last)
             std::move(x).receive(
               [] {}, [](const caf::error& why) { give_up(render(why)); });
         });
}

struct long_run {
  double rate = 0;          ///< names a second
  std::vector<double> lags; ///< of markers, ms until the last node sees it
};

/// Waits for each marker in turn. `noted`: how many are registered.
void watch_markers(bench_cluster& c, std::size_t first,
                   const std::vector<clock::time_point>& registered_at,
                   const std::atomic<std::size_t>& noted,
                   std::vector<double>& lags) {
  for (std::size_t i = 0; i < registered_at.size(); ++i) {
    auto name = key_of(first + i * names_per_marker);
    wait_until("a new name is seen by all", [&] {
      return noted > i && c[1].names.whereis(name) && c[2].names.whereis(name);
    });
    lags.push_back(
      std::chrono::duration<double, std::milli>(clock::now() - registered_at[i])
        .count());
  }
}

/// Gives names one by one. `pace(i)`: before number i.
long_run run(bench_cluster& c, std::size_t first, std::size_t names,
             const std::function<void(std::size_t)>& pace) {
  long_run result;
  std::vector<clock::time_point> registered_at(names / names_per_marker);
  std::atomic<std::size_t> noted = 0;
  std::thread watcher{
    [&] { watch_markers(c, first, registered_at, noted, result.lags); }};
  auto time = wall_seconds([&] {
    for (std::size_t i = 0; i < names; ++i) {
      pace(i);
      c[0].give(key_of(first + i));
      if (i % names_per_marker == 0) {
        registered_at[i / names_per_marker] = clock::now();
        ++noted;
      }
    }
  });
  watcher.join();
  result.rate = static_cast<double>(names) / time;
  return result;
}

long_run run_steadily(bench_cluster& c, std::size_t first, std::size_t names) {
  constexpr std::size_t names_per_step = 100;
  auto start = clock::now();
  return run(c, first, names, [&](std::size_t i) {
    if (i % names_per_step == 0)
      std::this_thread::sleep_until(
        start
        + std::chrono::duration_cast<clock::duration>(
          std::chrono::duration<double>(static_cast<double>(i) / steady_rate)));
  });
}

/// As fast as both others acknowledge.
long_run run_acknowledged(bench_cluster& c, std::size_t first,
                          std::size_t names) {
  constexpr std::size_t names_per_question = names_ahead / 4;
  caf::scoped_actor self{c[0].sys};
  auto question = [&] {
    return ask(self, c[0].names.actor(), caf::infinite,
               wait_for_acks{2, std::chrono::minutes{1}});
  };
  std::queue<decltype(question())> asked;
  return run(c, first, names, [&](std::size_t i) {
    if (i % names_per_question != 0)
      return;
    asked.push(question());
    if (asked.size() < names_ahead / names_per_question)
      return;
    std::move(asked.front())
      .receive([] {}, [](const caf::error& why) { give_up(render(why)); });
    asked.pop();
  });
}

/// Of a quarter of the run.
double median_of(const std::vector<double>& lags, std::size_t quarter) {
  auto n = static_cast<std::ptrdiff_t>(lags.size() / 4);
  auto begin = lags.begin() + n * static_cast<std::ptrdiff_t>(quarter);
  return spread_of({begin, begin + n}).p50;
}

/// Who falls behind by more than the writer's log finds the rest by comparing.
std::uint64_t reconciliations(bench_cluster& c) {
  return c[1].names.status().sync.reconciliations
         + c[2].names.status().sync.reconciliations;
}

} // namespace

void bench_replication(std::size_t keys, const emit& out) {
  bench_cluster c{3};
  auto flood = times_for(keys, usual_flood);
  c[0].fill(0, keys);
  c.wait_for_names(keys);
  auto sent_before = c[0].names.status().sync.bytes_sent;
  auto rate = flood_rate(c, keys, flood);
  auto sent = c[0].names.status().sync.bytes_sent - sent_before;
  auto bytes_each =
    static_cast<double>(sent) / (2.0 * static_cast<double>(flood));
  auto bare = bare_rate(c, flood, bytes_each);
  out({"register on one of three, all have it", rate / 1e3, "k/s",
       "bare messages of 100", bare / 1e3, ">= 200 k/s", rate >= wanted_rate});
  out({"  bytes to each other node", bytes_each, "B", "key",
       static_cast<double>(key_of(0).size()), "", true});

  auto reconciled = reconciliations(c);
  auto first = keys + flood;
  auto names = times_for(keys, usual_steady);
  auto tell = [&](const char* what, const long_run& x) {
    out({what, x.rate / 1e3, "k/s", "bare messages of 100", bare / 1e3,
         ">= 200 k/s", x.rate >= wanted_rate});
    auto lag = spread_of(x.lags);
    out({"  lag of the others, p50", lag.p50, "ms", "", 0, "", true});
    out(
      {"  longest lag", lag.longest, "ms", "", 0, "< 50 ms", lag.longest < 50});
    auto begin = median_of(x.lags, 0);
    auto end = median_of(x.lags, 3);
    out({"  lag in the last quarter, p50", end, "ms", "first quarter", begin,
         "<= 2x, or < 5 ms", end <= 2 * begin || end < 5});
  };
  tell("acknowledged by both, at most 4000 ahead",
       run_acknowledged(c, first, names));
  tell("at a steady rate", run_steadily(c, first + names, names));
  out({"  reconciliations of the others",
       static_cast<double>(reconciliations(c) - reconciled), "", "", 0, "",
       true});
}

} // namespace horde::tools
