// SPDX-License-Identifier: MIT
//
// Registrations by messages to the registry's actor: waited for one by one, and
// many outstanding, as messages of which the last is answered and as requests.
// The sender gets all names.

#include "bench_calls.hpp"
#include "bench_data.hpp"
#include "bench_node.hpp"
#include "bench_registry.hpp"

namespace horde::tools {

namespace {

constexpr std::size_t outstanding = 1'000;

/// Registrations a second while a new registry is filled by `f`.
template <class F>
double fill_rate(std::size_t keys, F f) {
  auto names = some_keys(keys);
  double best = 0;
  for (std::size_t i = 0; i < fills_for(keys); ++i) {
    bench_node home;
    home.start();
    home.start_registry();
    settle_heap();
    best = std::max(best, f(home.sys, home.names.actor(), names));
  }
  return best;
}

auto requests(std::size_t under_way) {
  return [=](caf::actor_system& sys, const caf::actor& to, const auto& names) {
    return request_rate(sys, to, names, under_way);
  };
}

} // namespace

void bench_messages(std::size_t keys, const emit& out) {
  auto waited = fill_rate(keys, requests(1));
  auto bare = bare_request_rate(1);
  out({"register, by request", waited / 1e3, "k/s", "bare request and response",
       bare / 1e3, ">= 250 k/s, within 3x",
       waited >= 250e3 && 3 * waited >= bare});
  auto sent = fill_rate(keys, send_rate);
  out({"register, pipelined sends", sent / 1e3, "k/s", "bare sends",
       bare_send_rate() / 1e3, ">= 450 k/s", sent >= 450e3});
  auto asked = fill_rate(keys, requests(outstanding));
  out({"  pipelined requests", asked / 1e3, "k/s", "bare requests, pipelined",
       bare_request_rate(outstanding) / 1e3, "", true});
}

} // namespace horde::tools
