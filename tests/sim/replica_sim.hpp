// SPDX-License-Identifier: MIT
//
// Five replicas, one seed: random writes on few or many keys while the network loses,
// repeats, reorders and cuts, links flap and wall clocks jump. Beside them runs
// a model that knows everything: which dots were made, and which were removed
// by a write that saw them. Checked while it runs: the rule, that what replaces
// a version arrives with its removal, and that acknowledgements and diffs tell
// the truth; after healing: all replicas show exactly what the model says.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "horde/sync/replica.hpp"
#include "support/sim_network.hpp"

namespace horde::sim {

class replica_sim {
public:
  explicit replica_sim(std::uint64_t seed);

  /// Runs to the end. Returns what went wrong first; empty: nothing.
  std::string run();

  /// Equal for equal runs.
  std::uint64_t trace() const;

  std::uint64_t reconciliations() const;

private:
  using shown = std::map<std::string, std::vector<crdt::version>>;

  struct local_write {
    std::uint64_t sequence = 0;
    std::vector<crdt::dot> made; ///< one, or none for an erase
    std::vector<crdt::dot> removed;
    std::size_t acknowledged = 0; ///< by so many, as checked
  };

  struct site {
    std::unique_ptr<sync::replica> machine;
    duration wall_offset{};
    instant wake_at = never;
    shown before; ///< what it showed at the end of the last step
    hash128 digest_before;
    std::vector<local_write> writes;
  };

  sync::config random_config();
  moment now_at(const site& x) const;
  site& site_of(replica_id id) {
    return sites_[static_cast<std::size_t>(id) - 1];
  }
  site& random_site() { return sites_[below(rng_, sites_.size())]; }

  // -- what happens ----------------------------------------------------------

  void random_act();
  void write_something(site& x);
  void change_a_link();
  void change_the_network();
  void advance_to(instant until);
  void heal();
  bool is_quiet() const;
  void finish(site& x);

  // -- what must be true -----------------------------------------------------

  void fail(const std::string& what);
  void check_changed(site& x, const std::vector<std::string>& changed);
  void check_acks(site& x);
  bool has_applied(const site& x, const std::vector<crdt::dot>& made,
                   const std::vector<crdt::dot>& removed) const;
  void check_rule(const site& x);
  /// A write that removed `d`, or one that replaced that in turn, was seen.
  bool is_replaced(crdt::dot d, const crdt::causal_context& seen) const;
  void check_end();

  random_engine rng_;
  sim_network network_;
  std::uint64_t keys_ = 0; ///< few: conflicts; many: the digest tree
  instant now_{};
  std::vector<site> sites_;
  std::set<crdt::dot> made_;
  /// By what each dot was removed: a put (its dot), or an erase (nothing).
  std::map<crdt::dot, std::vector<std::optional<crdt::dot>>> removed_;
  std::string problem_;
};

} // namespace horde::sim
