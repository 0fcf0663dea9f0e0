// SPDX-License-Identifier: MIT
//
// How evenly five members share a thousand children: the most that one has,
// beside what each would have. The members start together, and the children are
// default children; the start gate is what makes them share.

#include <algorithm>
#include <map>

#include "bench_data.hpp"
#include "bench_node.hpp"
#include "bench_supervisor.hpp"

namespace horde::tools {

namespace {

constexpr std::size_t members = 5;
constexpr std::size_t usual_children = 1'000;
constexpr double most_over_mean = 1.3;

} // namespace

void bench_evenness(std::size_t children, const emit& out) {
  children = std::min(children, usual_children);
  bench_cluster c{members};
  supervisor_options options;
  options.name = "workers";
  options.place_after = {members, std::chrono::minutes{1}};
  for (auto& id : some_keys(children))
    options.default_children.push_back({.id = id, .type = idler_type});
  for (auto& x : c.nodes)
    x->workers = must(dynamic_supervisor::start(x->node, options));
  wait_until("all default children run",
             [&] { return c[0].workers.count_children().active == children; });
  std::map<member_id, std::size_t> shares;
  for (const auto& x : c[0].workers.which_children().children)
    ++shares[x.member];
  std::size_t most = 0;
  for (const auto& [who, share] : shares)
    most = std::max(most, share);
  auto mean = static_cast<double>(children) / members;
  auto figure = static_cast<double>(most) / mean;
  auto has_goal = children == usual_children;
  out({"evenness, five members start, up to 1 k default children", figure,
       "max / mean", "", 0, has_goal ? "<= 1.3" : "",
       !has_goal || figure <= most_over_mean});
}

} // namespace horde::tools
