// SPDX-License-Identifier: MIT
//
// Registrations by two at a time, in a registry with two partitions, beside one
// that has one: by messages of two actors of which the last is answered, and by
// calls of two threads. By the clock on the wall, as two do it.

#include <algorithm>
#include <thread>

#include "bench_calls.hpp"
#include "bench_data.hpp"
#include "bench_node.hpp"
#include "bench_registry.hpp"

namespace horde::tools {

namespace {

using strings = std::vector<std::string>;

/// Registrations a second when two threads call `f(node, names)` with a half of
/// the names each, to fill a new registry.
template <class F>
double fill_rate(const strings& names, std::size_t partitions, F f) {
  auto middle = names.begin() + static_cast<std::ptrdiff_t>(names.size() / 2);
  const strings halves[2] = {{names.begin(), middle}, {middle, names.end()}};
  double best = 0;
  for (std::size_t i = 0; i < fills_for(names.size()); ++i) {
    bench_node home;
    home.start();
    home.start_registry(partitions);
    settle_heap();
    auto time = wall_seconds([&] {
      std::thread other{[&] { f(home, halves[1]); }};
      f(home, halves[0]);
      other.join();
    });
    best = std::max(best, static_cast<double>(names.size()) / time);
  }
  return best;
}

void by_messages(bench_node& home, const strings& names) {
  send_rate(home.sys, home.names.actor(), names);
}

void by_calls(bench_node& home, const strings& names) {
  for (std::size_t i = 0; i < names.size(); ++i)
    must(
      home.names.register_name(home.owners[i % home.owners.size()], names[i]));
}

} // namespace

void bench_partitions(std::size_t keys, const emit& out) {
  auto names = some_keys(keys);
  auto sent = fill_rate(names, 2, by_messages);
  out({"two partitions: pipelined sends of two", sent / 1e3, "k/s",
       "one partition", fill_rate(names, 1, by_messages) / 1e3, ">= 700 k/s",
       sent >= 700e3});
  out({"  by call of two threads", fill_rate(names, 2, by_calls) / 1e3, "k/s",
       "one partition", fill_rate(names, 1, by_calls) / 1e3, "", true});
}

} // namespace horde::tools
