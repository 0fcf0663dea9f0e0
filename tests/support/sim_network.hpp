// SPDX-License-Identifier: MIT
//
// A network for simulations: everything that happens in it follows from one
// seed. It loses, repeats, delays (and thereby reorders) and cuts, also in one
// direction only. Time is virtual: the owner asks when the next packet is due.
// What happens to a packet depends on the seed, its two ends and how many were
// sent between them before, so that more or fewer packets elsewhere change
// nothing here.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "horde/crdt/dot.hpp"
#include "horde/time.hpp"

namespace horde::sim {

struct faults {
  unsigned lost_percent = 0;
  unsigned repeated_percent = 0;
  duration shortest = std::chrono::milliseconds{1};
  duration longest = std::chrono::milliseconds{2};
};

struct packet {
  replica_id from{};
  replica_id to{};
  std::shared_ptr<const std::string> bytes;
  std::uint64_t note = 0; ///< for the owner, on no wire
};

class sim_network {
public:
  explicit sim_network(std::uint64_t seed) : seed_(seed) {}

  void set_faults(faults x) { faults_ = x; }

  /// Nothing arrives from `from` at `to`, packets on their way included.
  void cut(replica_id from, replica_id to) { cuts_.emplace(from, to); }
  void heal(replica_id from, replica_id to) { cuts_.erase({from, to}); }
  void heal_all() { cuts_.clear(); }

  void send(packet x, instant now);

  /// When the next packet is due, or `never`.
  instant next_at() const;

  /// Takes the next packet; its bytes are null if it got lost in a cut.
  /// Requires: there is one.
  packet receive();

  bool empty() const { return packets_.empty(); }

  /// A hash over all that arrived, and when: equal for equal runs.
  std::uint64_t trace() const { return trace_; }

private:
  using ends = std::pair<replica_id, replica_id>; ///< from, to

  std::uint64_t seed_;
  faults faults_;
  std::set<ends> cuts_;
  std::map<ends, std::uint64_t> fates_; ///< the random number drawn last
  std::multimap<instant, packet> packets_;
  std::uint64_t trace_ = 0;
};

} // namespace horde::sim
