// SPDX-License-Identifier: MIT
//
// A fresh replica fetches the whole map over a TCP connection on loopback, each
// replica in a thread of its own, beside a copy of the same bytes through such
// a connection, in the same portions, by threads that do nothing else.

#include <algorithm>
#include <numeric>
#include <optional>
#include <thread>

#include "bench_data.hpp"
#include "bench_socket.hpp"
#include "bench_sync.hpp"

namespace horde::tools {

namespace {

/// Both ends write while nobody reads, at times. That cannot go on for ever:
/// the few questions that are out at a time fit into the socket's buffers.
bool write_all(const bench_socket& out, const std::vector<sync::send>& sends) {
  return std::ranges::all_of(
    sends, [&](const auto& x) { return out.write_frame(*x.bytes); });
}

/// Until the other side ends the connection. Returns the sizes of the answers.
frame_sizes answer(sync::replica& x, replica_id asker,
                   const bench_socket& line) {
  frame_sizes result;
  std::string frame;
  moment now;
  while (line.read_frame(frame)) {
    x.receive(asker, frame, now);
    auto sends = x.finish(now).sends;
    for (const auto& s : sends)
      result.push_back(s.bytes->size());
    if (!write_all(line, sends))
      break;
  }
  return result;
}

/// Until nothing is left to ask.
void fetch(sync::replica& x, replica_id asked, const bench_socket& line) {
  std::string frame;
  moment now;
  x.neighbour_up(asked, now);
  auto open = write_all(line, x.finish(now).sends);
  while (open && !x.idle() && line.read_frame(frame)) {
    x.receive(asked, frame, now);
    open = write_all(line, x.finish(now).sends);
  }
  line.end_writing();
}

struct outcome {
  double time = 0;   ///< seconds
  double beside = 0; ///< seconds
  frame_sizes sizes;
  bool is_complete = false;
};

/// Nothing if there is no loopback interface.
std::optional<outcome> run(std::size_t keys) {
  auto line = connect_loopback();
  auto second = connect_loopback();
  if (!line || !second)
    return {};
  replica_pair x;
  x.fill(0, keys);
  outcome result;
  result.time = wall_seconds([&] {
    std::thread asked{
      [&] { result.sizes = answer(x.a, x.b.id(), line->first); }};
    fetch(x.b, x.a.id(), line->second);
    asked.join();
  });
  result.is_complete = x.b.map().digest() == x.a.map().digest();
  result.beside = copy_time(result.sizes, second->first, second->second);
  return result;
}

/// The best of several if it is over in a moment.
std::optional<outcome> run_often(std::size_t keys) {
  constexpr std::size_t enough = 20'000;
  auto best = run(keys);
  for (auto n = keys; best && n < enough; n += keys) {
    auto again = run(keys);
    if (!again)
      return {};
    best->time = std::min(best->time, again->time);
    best->beside = std::min(best->beside, again->beside);
    best->is_complete = best->is_complete && again->is_complete;
  }
  return best;
}

} // namespace

void bench_snapshot(std::size_t keys, const emit& out) {
  auto x = run_often(keys);
  if (!x) {
    out({"snapshot to a fresh replica, TCP", 0, "no loopback", "", 0,
         ">= 500 k/s", false});
    return;
  }
  auto n = static_cast<double>(keys);
  auto bytes = std::accumulate(x->sizes.begin(), x->sizes.end(), 0.0);
  auto rate = n / x->time;
  out({"snapshot to a fresh replica, TCP", rate / 1e3, "k entries/s",
       "raw copy of its bytes", n / x->beside / 1e3, ">= 500 k/s",
       x->is_complete && rate >= 500e3});
  out({"  bytes a second", bytes / x->time / 1e6, "MB/s", "raw copy",
       bytes / x->beside / 1e6, "", true});
  out({"  bytes of it", bytes / n, "B/entry", "key and value",
       static_cast<double>(entry_bytes()), "", true});
}

} // namespace horde::tools
