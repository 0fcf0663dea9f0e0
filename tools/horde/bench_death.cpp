// SPDX-License-Identifier: MIT
//
// One of five nodes is killed, so that its connections close: from then on
// until the others have started all its children, and until all of them say so.
// Beside starting as many such actors in one of them.

#include <algorithm>

#include "bench_children.hpp"
#include "bench_data.hpp"
#include "bench_holder.hpp"
#include "bench_peer.hpp"
#include "bench_supervisor.hpp"

namespace horde::tools {

namespace {

constexpr std::size_t survivors = 4;
constexpr std::size_t usual_children = 5'000; ///< of the node that dies
constexpr std::size_t usual_times = 5;
constexpr double at_most = 0.3; ///< seconds

/// Each a list of seconds.
struct deaths {
  std::vector<double> started;
  std::vector<double> seen;
  std::vector<double> beside;
  std::size_t superfluous = 0; ///< starts beyond one a child
};

/// The member that is not one of ours.
member_id stranger(bench_cluster& c) {
  auto all = c[0].workers.members().members;
  std::erase_if(all, [&](const member_info& x) {
    return std::ranges::any_of(
      c.nodes, [&](const auto& y) { return y->node.id() == x.node; });
  });
  if (all.size() != 1)
    give_up("there should be one member of another process");
  return all[0].who;
}

bool all_run_without(const member_id& victim, std::size_t children,
                     const bench_node& seen_by) {
  auto list = seen_by.workers.which_children().children;
  return list.size() == children
         && std::ranges::all_of(list, [&](const scheduling::child_info& x) {
              return x.state == scheduling::child_state::running
                     && x.member != victim;
            });
}

void die_once(std::size_t children, deaths& result) {
  bench_cluster c{survivors};
  c.start_supervisors();
  node_holder other{c[0].node.at()};
  for (const auto& x : c.nodes)
    wait_for_crew(*x, survivors + 1);
  auto victim = stranger(c);
  start_rate(c[0], {c[0].workers.actor()}, ids_on(c[0], victim, children));
  if (children_started(c, survivors) != 0)
    give_up("children were not started where they belong");
  auto start = std::chrono::steady_clock::now();
  auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now()
                                         - start)
      .count();
  };
  other.kill();
  wait_until("the children of the dead node are started elsewhere",
             [&] { return children_started(c, survivors) >= children; });
  result.started.push_back(seconds());
  for (const auto& x : c.nodes)
    wait_until("all know where the children of the dead node run",
               [&] { return all_run_without(victim, children, *x); });
  result.seen.push_back(seconds());
  result.superfluous += children_started(c, survivors) - children;
  result.beside.push_back(spawn_time(c[0], children));
}

} // namespace

void bench_death(std::size_t children, const emit& out) {
  auto has_goal = children >= usual_children;
  auto times = times_for(children, usual_times);
  children = std::min(children, usual_children);
  deaths all;
  for (std::size_t i = 0; i < times; ++i)
    die_once(children, all);
  auto time = spread_of(all.started);
  auto beside = spread_of(all.beside).p50;
  out({"node death, all its children run elsewhere, p50", time.p50 * 1e3, "ms",
       "as many bare spawns", beside * 1e3, has_goal ? "<= 300 ms" : "",
       !has_goal || time.p50 <= at_most});
  out({"  longest", time.longest * 1e3, "ms", "", 0, "", true});
  out({"  all members say so, p50", spread_of(all.seen).p50 * 1e3, "ms", "", 0,
       "", true});
  out({"  starts beyond one a child", static_cast<double>(all.superfluous), "",
       "", 0, "", true});
}

} // namespace horde::tools
