// SPDX-License-Identifier: MIT
//
// One of five nodes stops and hands its children over: until the others have
// started them all, and until it has stopped. Beside what such actors take to
// end when they are asked to, which is not the supervisor's.

#include <algorithm>
#include <atomic>
#include <thread>

#include "bench_children.hpp"
#include "bench_data.hpp"
#include "bench_peer.hpp"
#include "bench_supervisor.hpp"

namespace horde::tools {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t stayers = 4;
constexpr std::size_t usual_children = 5'000; ///< of the node that stops
constexpr std::size_t usual_times = 3;
constexpr double at_most = 1; ///< seconds, beyond the children's own

/// Each a list of seconds.
struct drains {
  std::vector<double> started;
  std::vector<double> stopped;
  std::vector<double> beside;
};

double shutdown_time(bench_node& home, std::size_t count) {
  std::atomic<std::size_t> left = count;
  std::vector<caf::actor> all;
  for (std::size_t i = 0; i < count; ++i) {
    all.push_back(spawn_idler(home.sys));
    on_end(caf::actor_cast<caf::strong_actor_ptr>(all.back()),
           [&left](const caf::error&) { --left; });
  }
  return wall_seconds([&] {
    for (const auto& x : all)
      caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
    wait_until("actors end", [&] { return left == 0; });
  });
}

void drain_once(std::size_t children, drains& result) {
  bench_cluster c{stayers + 1};
  c.start_supervisors();
  auto& leaver = c[stayers];
  start_rate(c[0], {c[0].workers.actor()},
             ids_on(c[0], leaver.workers.status().self, children));
  if (leaver.children_started != children)
    give_up("children were not started where they belong");
  result.beside.push_back(shutdown_time(c[0], children));
  auto start = clock::now();
  auto seconds = [&] {
    return std::chrono::duration<double>(clock::now() - start).count();
  };
  double stopped = 0;
  std::thread stopper{[&] {
    leaver.node.stop(std::chrono::minutes{1});
    stopped = seconds();
  }};
  wait_until("the children of the node that stops are started elsewhere",
             [&] { return children_started(c, stayers) >= children; });
  result.started.push_back(seconds());
  stopper.join();
  result.stopped.push_back(stopped);
}

} // namespace

void bench_drain(std::size_t children, const emit& out) {
  auto has_goal = children >= usual_children;
  auto times = times_for(children, usual_times);
  children = std::min(children, usual_children);
  drains all;
  for (std::size_t i = 0; i < times; ++i)
    drain_once(children, all);
  auto beside = spread_of(all.beside).p50;
  auto goal = has_goal ? "<= 1000 ms over it" : "";
  auto tell = [&](const char* what, const std::vector<double>& taken) {
    auto time = spread_of(taken).p50;
    out({what, time * 1e3, "ms", "their own shutdown", beside * 1e3, goal,
         !has_goal || time <= at_most + beside});
  };
  tell("drain, all its children run elsewhere, p50", all.started);
  out(
    {"  longest", spread_of(all.started).longest * 1e3, "ms", "", 0, "", true});
  tell("  the node has stopped, p50", all.stopped);
}

} // namespace horde::tools
