// SPDX-License-Identifier: MIT
//
// What a child takes beside its spec (id and type) and the actor itself: the
// map with its digest, the table of children, and where it runs what watches
// it. Bytes that the whole process allocated and did not give back: while
// children are started on a node that is alone, and while a second one gets to
// know them, which runs none.

#include <algorithm>
#include <thread>

#include "bench_allocations.hpp"
#include "bench_children.hpp"
#include "bench_data.hpp"
#include "bench_supervisor.hpp"

namespace horde::tools {

namespace {

/// Of few children it would be mostly what a member is without any.
constexpr std::size_t enough_children = 1'000;
constexpr std::size_t usual_children = 20'000;

/// A start keeps a timer for so long.
constexpr std::chrono::seconds start_timeout{1};

constexpr double at_most = 400;

/// Bytes of an actor like the children, held by somebody.
double actor_bytes(bench_node& home, std::size_t count) {
  std::vector<caf::actor> all;
  all.reserve(count);
  allocation_count_of_all counted;
  for (std::size_t i = 0; i < count; ++i)
    all.push_back(spawn_idler(home.sys));
  return static_cast<double>(counted.now().bytes) / static_cast<double>(count);
}

void fill(bench_node& home, std::size_t children) {
  for (std::size_t i = 0; i < children; ++i)
    must(home.workers.start_child(
      {.id = key_of(i), .type = idler_type, .start_timeout = start_timeout}));
  std::this_thread::sleep_for(2 * start_timeout);
}

} // namespace

void bench_supervisor_memory(std::size_t children, const emit& out) {
  if (children < enough_children)
    return;
  children = std::max(children, usual_children);
  bench_node home;
  home.start();
  home.start_supervisor();
  bench_node other;
  other.start({home.node.at()});
  if (!other.node.wait_for_nodes(2, std::chrono::minutes{1}))
    give_up("two nodes do not meet");
  auto actor = actor_bytes(home, children);

  allocation_count_of_all count;
  fill(home, children);
  auto here = count.now();
  other.start_supervisor();
  wait_for_crew(other, 2);
  wait_until("the other node knows all children",
             [&] { return other.workers.count_children().active == children; });
  auto both = count.now();
  if (other.children_started != 0)
    give_up("children moved to the node that joined");

  auto n = static_cast<double>(children);
  auto spec =
    static_cast<double>(key_of(0).size() + std::string{idler_type}.size());
  auto show = [&](const char* what, std::ptrdiff_t bytes, double without) {
    auto each = static_cast<double>(bytes) / n - without - spec;
    out({what, each, "B", "id and type", spec, "<= 400 B", each <= at_most});
  };
  show("memory a child, over spec and actor", here.bytes, actor);
  show("  of another member", both.bytes - here.bytes, 0);
  out({"  the actor itself", actor, "B", "", 0, "", true});
}

} // namespace horde::tools
