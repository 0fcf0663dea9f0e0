// SPDX-License-Identifier: MIT
//
// What the tests of `cluster_sim` ask again and again.

#pragma once

#include <boost/test/unit_test.hpp>

#include "sim/cluster_sim.hpp"

namespace horde::sim {

/// Announcements of that kind since then.
inline std::size_t count(const cluster_sim& c, node_state what, instant from) {
  std::size_t result = 0;
  for (const auto& x : c.events())
    result += x.event.what == what && x.at >= from ? 1 : 0;
  return result;
}

/// No promise was broken, and all views are equal and true.
inline void check(const cluster_sim& c, std::uint64_t seed) {
  for (const auto& text : c.faults())
    BOOST_ERROR("seed " << seed << ", " << text);
  auto text = c.disagreement();
  BOOST_TEST(text == "", "seed " << seed << ": " << text);
}

/// All trouble ends, all hosts are told of the first one alive, as a formation
/// would, and there is time to find each other.
inline void calm_down(cluster_sim& c) {
  using namespace std::chrono_literals;
  c.heal_all();
  c.lose_packets(0);
  for (host x = 0; x < c.hosts(); ++x)
    c.starve(x, 0ms);
  c.run_for(20s); // so long the pauses are
  auto alive = c.all(true);
  for (auto x : alive)
    c.connect(x, alive.front());
  c.run_for(12s);
}

} // namespace horde::sim
