// SPDX-License-Identifier: MIT
//
// Counts what the reconciliations of a run go through, by reading the messages
// of its replicas: whether the simulation gets where it should.

#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "horde/crdt/digest_tree.hpp"
#include "horde/crdt/dot.hpp"
#include "horde/sync/message.hpp"

namespace horde::sim {

class replica_census {
public:
  /// By level of the digest tree.
  using by_level = std::array<std::uint64_t, crdt::tree_node::deepest + 1>;

  struct counts {
    std::uint64_t rounds = 0;
    by_level reached{};         ///< rounds that got there by digests alone
    by_level compared{};        ///< nodes asked about by digests
    by_level cut_off{};         ///< lists that were not answered to the end
    by_level left_out{};        ///< questions that a report did not answer
    std::uint64_t at_once = 0;  ///< rounds with several probes on their way
    std::uint64_t repeated = 0; ///< sent again, in rounds below level 2

    counts& operator+=(const counts& x);
  };

  /// A replica sends this.
  void sends(replica_id from, replica_id to, std::string_view bytes);

  const counts& result() const { return counts_; }

private:
  /// Of a round: who asks, who is asked, its number.
  using round_id = std::tuple<replica_id, replica_id, std::uint64_t>;

  struct round {
    bool had_several = false;
    bool has_listed_root = false;
    unsigned deepest = 0; ///< level that digests led to
    std::set<std::pair<unsigned, std::uint64_t>> compared; ///< by digests
    /// By part, the levels of its questions; until a report is sent.
    std::map<std::uint64_t, std::vector<unsigned>> open;
    std::uint64_t parts = 0; ///< the newest one
  };

  void count(const round_id& where, const sync::probe& x);
  void count(round& here, const sync::question& x);
  void count(const round_id& where, const sync::report& x);

  std::map<round_id, round> rounds_;
  counts counts_;
};

/// Some lines to read.
std::string to_text(const replica_census::counts& x);

} // namespace horde::sim
