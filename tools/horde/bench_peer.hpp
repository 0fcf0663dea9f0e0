// SPDX-License-Identifier: MIT
//
// A bare actor of one node as another one sees it: what is said to it goes over
// the link that the registries use, by CAF alone.

#pragma once

#include "bench_node.hpp"

namespace horde::tools {

/// `peer`, an actor of `there`, as `here` has it: by a name that it gets for
/// that time. Requires: it answers `get_members` with itself.
caf::actor seen_from(bench_node& here, bench_node& there,
                     const caf::actor& peer);

/// Starts one on `there` that answers `get_members` with itself and a text with
/// nothing; returns its handle on `here`.
caf::actor bare_peer(bench_node& here, bench_node& there);

/// The middle one, and what 99 of 100 stay below. Requires: there are some.
struct spread {
  double p50 = 0;
  double p99 = 0;
  double longest = 0;
};
spread spread_of(std::vector<double> xs);

} // namespace horde::tools
