// SPDX-License-Identifier: MIT
//
// Children started by an actor of the pool that sends `start_child` to the
// supervisor of its node: many under way, and one after the other. Each is
// answered once another member has its record, where there is one; one row a
// size shows what it is without that. Beside bare actors that get the same
// messages and spawn the same children, without records and without watching
// them: one on each node, in turns, so that of five the caller's node has one.
// Who waits with others there stands beside two round trips to another node:
// one to the child's member, one for the record.

#include <algorithm>
#include <chrono>
#include <functional>

#include "bench_children.hpp"
#include "bench_data.hpp"
#include "bench_peer.hpp"
#include "bench_supervisor.hpp"

namespace horde::tools {

namespace {

using clock = std::chrono::steady_clock;
using strings = std::vector<std::string>;

/// The best of these is taken.
constexpr std::size_t usual_rounds = 4;

/// Of one caller that waits.
constexpr std::size_t usual_samples = 2'000;

/// On `there`; answers `start_child`. As `here` has it.
caf::actor bare_starter(bench_node& here, bench_node& there) {
  auto peer = there.sys.spawn([](caf::event_based_actor* self) {
    auto children = std::make_shared<std::vector<caf::actor>>();
    return caf::behavior{
      [self](get_members) { return caf::actor_cast<caf::actor>(self); },
      [self, children](const start_child& x) {
        children->push_back(spawn_idler(self->system()));
        return child_started{x.spec.id, {}, {}};
      }};
  });
  there.owners.push_back(peer); // ends with its node
  return &here == &there ? peer : seen_from(here, there, peer);
}

std::vector<caf::actor> bare_starters(bench_cluster& c) {
  std::vector<caf::actor> result;
  for (auto& x : c.nodes)
    result.push_back(bare_starter(c[0], *x));
  return result;
}

/// Children started in a second.
struct rates {
  double ours = 0;
  double bare = 0;
};

rates rates_of(std::size_t members, start_ack ack, const strings& ids) {
  rates best;
  for (std::size_t i = 0; i < times_for(ids.size(), usual_rounds); ++i) {
    bench_cluster c{members};
    c.start_supervisors(ack);
    settle_heap();
    best.ours =
      std::max(best.ours, start_rate(c[0], {c[0].workers.actor()}, ids));
    best.bare = std::max(best.bare, start_rate(c[0], bare_starters(c), ids));
  }
  return best;
}

void many_under_way(std::size_t members, std::size_t children,
                    double wanted_rate, const emit& out) {
  constexpr auto yardstick = "bare spawns and requests";
  auto ids = some_keys(children);
  auto x = rates_of(members, start_ack::replicated, ids);
  auto goal = std::to_string(static_cast<int>(wanted_rate / 1e3));
  out({"start_child, pipelined, members: " + std::to_string(members),
       x.ours / 1e3, "k/s", yardstick, x.bare / 1e3, ">= " + goal + " k/s",
       x.ours >= wanted_rate});
  if (members == 1)
    return;
  auto local = rates_of(members, start_ack::local, ids);
  out({"  answered before another member knows", local.ours / 1e3, "k/s",
       yardstick, local.bare / 1e3, "", true});
}

/// Makes call number i and calls the last argument once it is answered.
using call = std::function<void(caf::event_based_actor*, std::size_t,
                                std::function<void()>)>;

/// Microseconds of each call of `a` and of each of `b`, made in turns by one
/// actor that has one under way.
std::pair<spread, spread> times_of(caf::actor_system& sys, std::size_t count,
                                   const call& a, const call& b) {
  std::vector<double> taken[2];
  call_rate(sys, 2 * count, 1, [&](auto* self, std::size_t i, auto answered) {
    auto& mine = taken[i % 2];
    auto start = clock::now();
    (i % 2 == 0 ? a : b)(self, i / 2, [start, &mine, answered] {
      mine.push_back(
        std::chrono::duration<double, std::micro>(clock::now() - start)
          .count());
      answered();
    });
  });
  return {spread_of(std::move(taken[0])), spread_of(std::move(taken[1]))};
}

call two_round_trips(const caf::actor& to) {
  auto trip = [to](auto* self, auto answered) {
    ask(self, to, caf::infinite, std::string{"a child"})
      .then(answered, [](const caf::error& why) { give_up(render(why)); });
  };
  return [trip](auto* self, std::size_t, auto answered) {
    trip(self, [=] { trip(self, answered); });
  };
}

void one_waits(std::size_t members, std::size_t children, const emit& out) {
  bench_cluster c{members};
  c.start_supervisors();
  auto to = c[0].workers.actor();
  auto is_alone = members == 1;
  auto starts = [&](const caf::actor& of) -> call {
    return [of](auto* self, std::size_t i, auto answered) {
      start_one(self, of, key_of(i), answered);
    };
  };
  auto bare = is_alone ? starts(bare_starter(c[0], c[0]))
                       : two_round_trips(bare_peer(c[0], c[1]));
  auto [ours, beside] =
    times_of(c[0].sys, times_for(children, usual_samples), starts(to), bare);
  auto yardstick = is_alone ? "bare spawn and request" : "two round trips";
  auto at_most = is_alone ? 4 : 3;
  out({"start_child, one waits, members: " + std::to_string(members), ours.p50,
       "us", yardstick, beside.p50, "within " + std::to_string(at_most) + "x",
       ours.p50 <= at_most * beside.p50});
  out({"  p99", ours.p99, "us", yardstick, beside.p99, "", true});
}

} // namespace

void bench_starts(std::size_t children, const emit& out) {
  many_under_way(1, children, 120e3, out);
  many_under_way(3, children, 50e3, out);
  many_under_way(5, children, 30e3, out);
  one_waits(1, children, out);
  one_waits(3, children, out);
}

} // namespace horde::tools
