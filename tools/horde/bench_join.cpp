// SPDX-License-Identifier: MIT
//
// A node starts and joins a registry that has names: until it has them all,
// beside a copy of the same bytes through a TCP connection on loopback, by
// threads that do nothing else.

#include <algorithm>
#include <memory>

#include "bench_data.hpp"
#include "bench_node.hpp"
#include "bench_peer.hpp"
#include "bench_registry.hpp"
#include "bench_socket.hpp"

namespace horde::tools {

namespace {

/// Of them the middle one counts.
constexpr int times = 3;

struct limit {
  std::size_t names;
  double seconds;
  const char* what;
};

constexpr limit limits[] = {{100'000, 0.2, "<= 200 ms"},
                            {1'000'000, 2.5, "<= 2500 ms"}};

/// Seconds; there is a node `home` with that many names.
double join_time(bench_node& home, std::size_t names) {
  bench_node fresh;
  return wall_seconds([&] {
    fresh.start({home.node.at()});
    fresh.start_registry();
    wait_until("who joins has all names",
               [&] { return fresh.names.count() == names; });
  });
}

/// Seconds to copy that many bytes; 0 if there is no loopback interface.
double raw_copy_time(std::uint64_t bytes) {
  constexpr std::size_t portion = 64 * 1024;
  auto line = connect_loopback();
  if (!line || bytes == 0)
    return 0;
  frame_sizes sizes(bytes / portion, portion);
  sizes.push_back(bytes % portion + 1);
  return copy_time(sizes, line->first, line->second);
}

} // namespace

void bench_join(std::size_t keys, const emit& out) {
  bench_node home;
  home.start();
  home.start_registry();
  home.fill(0, keys);
  std::vector<double> taken;
  std::vector<double> copies;
  std::uint64_t bytes = 0;
  for (auto i = 0; i < times; ++i) {
    auto before = home.names.status().sync.bytes_sent;
    taken.push_back(join_time(home, keys));
    bytes = home.names.status().sync.bytes_sent - before;
    copies.push_back(raw_copy_time(bytes));
  }
  auto time = spread_of(taken).p50;
  auto goal = std::ranges::find_if(
    limits, [&](const limit& x) { return keys <= x.names; });
  auto has_goal = goal != std::end(limits);
  out({"a node joins", time * 1e3, "ms", "raw copy of its bytes",
       spread_of(copies).p50 * 1e3, has_goal ? goal->what : "",
       !has_goal || time <= goal->seconds});
  out({"  bytes of it", static_cast<double>(bytes) / static_cast<double>(keys),
       "B a name", "key", static_cast<double>(key_of(0).size()), "", true});
}

} // namespace horde::tools
