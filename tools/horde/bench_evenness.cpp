// SPDX-License-Identifier: MIT
//
// How evenly five members share a thousand children: the most that one has,
// beside what each would have. All are ready, and one of them is asked for all
// children. There are no default children and no start gate yet; when there
// are, five nodes start together here, and the gate is what makes them share.

#include <algorithm>
#include <map>

#include "bench_children.hpp"
#include "bench_data.hpp"
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
  c.start_supervisors();
  start_rate(c[0], {c[0].workers.actor()}, some_keys(children));
  std::map<member_id, std::size_t> shares;
  for (const auto& x : c[0].workers.which_children().children)
    ++shares[x.member];
  std::size_t most = 0;
  for (const auto& [who, share] : shares)
    most = std::max(most, share);
  auto mean = static_cast<double>(children) / members;
  auto figure = static_cast<double>(most) / mean;
  auto has_goal = children == usual_children;
  out({"evenness, five ready members, up to 1 k children", figure, "max / mean",
       "", 0, has_goal ? "<= 1.3" : "", !has_goal || figure <= most_over_mean});
}

} // namespace horde::tools
