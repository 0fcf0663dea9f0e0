// SPDX-License-Identifier: MIT
//
// G6: two to five members of a supervisor, one seed. Among well-behaved
// children are some that crash for ever, take ten seconds to start or are slow
// to stop; they are started and terminated again and again. Each good child is
// answered for within 100 ms, and runs from then on, once, as the same process.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/sim_members.hpp"

namespace horde::sim {

class isolation_sim {
public:
  explicit isolation_sim(std::uint64_t seed);

  /// Runs to the end. Returns what went wrong first; empty: nothing.
  std::string run();

  std::size_t good() const { return good_.size(); }
  /// How often bad ones were started, by themselves or by us.
  std::uint64_t bad_starts() const;

private:
  void start_good();
  void start_bad();
  void end_bad();
  std::string check() const;
  std::size_t random_node() { return below(rng_, members_.size()); }

  random_engine rng_;
  sim_members members_;
  std::vector<std::size_t> good_; ///< calls
  std::vector<std::string> bad_;
};

} // namespace horde::sim
