// SPDX-License-Identifier: MIT
//
// Runs a scenario: some replicas, a network that loses, repeats, reorders and
// cuts, wall clocks that are wrong, replicas that crash and start again. Then
// everything heals, and the replicas must become equal. All time is virtual,
// and equal scenarios give equal runs. What must be true, and when it is looked
// at, stands in replica_model.hpp.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "horde/sync/replica.hpp"
#include "sim/forgetting_census.hpp"
#include "sim/replica_census.hpp"
#include "sim/replica_keys.hpp"
#include "sim/replica_model.hpp"
#include "sim/replica_scenario.hpp"
#include "sim/replica_store.hpp"
#include "support/sim_network.hpp"

namespace horde::sim {

class replica_sim {
public:
  explicit replica_sim(scenario x);

  /// Runs to the end. Returns what went wrong first; empty: nothing.
  std::string run();

  /// From now on `x`, which lives longer, gets all that is sent. Not for every
  /// run: it takes a tenth of the time.
  void count_with(replica_census& x) { census_ = &x; }
  void count_with(forgetting_census& x) { forgetting_census_ = &x; }

  /// What is random and follows from a seed.
  static std::uint64_t mix(std::uint64_t a, std::uint64_t b);

  /// Equal for equal runs.
  std::uint64_t trace() const;

  // How much happened: for the test that the simulation tests something.
  std::uint64_t reconciliations() const;
  std::size_t acknowledged() const { return model_.acknowledged(); }
  std::size_t crashes() const { return crashes_; }
  std::size_t renewals() const { return renewals_; }
  /// Pairs of living replicas that had forgotten each other.
  std::size_t strangers() const { return model_.strangers(); }

private:
  struct host {
    std::optional<site_no> runs;
    // The wall clock: right at `set_at` but for `offset`.
    duration offset{};
    std::uint64_t permille = 1000;
    instant set_at{};
    /// Outlives its replicas.
    std::unique_ptr<replica_store> store = std::make_unique<replica_store>();
    /// When those that were neighbours were so last.
    std::map<replica_id, instant> parted_at{};
  };

  struct site {
    std::shared_ptr<sync::replica> machine; ///< shared with its later selves
    replica_id id{};
    member_no at{};
    instant born{};
    instant wake_at = never;
    std::size_t writes = 0;              ///< in this step
    std::optional<site_no> renewed_as{}; ///< it has begun anew
    bool is_mute = false;                ///< nothing from it arrives any more
  };

  /// Of a replica that may begin anew in this step.
  struct former_self {
    crdt::causal_context seen;
    std::vector<replica_id> neighbours;
  };

  /// One of two has begun anew, and `who` is going to hear of it: of the former
  /// self of the other one that is its neighbour, or that it has none any more.
  struct errand {
    site_no who = 0;
    site_no other = 0;
    bool links_anew = false;
  };

  /// A packet of the network tells the hosts; this, the replicas.
  struct letter {
    site_no from = 0;
    site_no to = 0;
    std::size_t known = 0; ///< for the model: what it can tell
  };

  // -- acts ------------------------------------------------------------------

  void perform(const acts::put& x);
  void perform(const acts::erase& x);
  void perform(const acts::fill& x);
  void perform(const acts::thin& x);
  void perform(const acts::clear& x);
  void perform(const acts::up& x);
  void perform(const acts::down& x);
  void perform(const acts::suspect& x);
  void perform(const acts::cut& x);
  void perform(const acts::mend& x);
  void perform(const acts::mend_all& x);
  void perform(const acts::weather& x);
  void perform(const acts::clock& x);
  void perform(const acts::crash& x);
  void perform(const acts::leave& x);
  void perform(const acts::start& x);
  void perform(const acts::restart& x);
  void perform(const acts::forget& x);

  // -- steps -----------------------------------------------------------------

  void begin();
  void run_acts();
  void advance_to(instant until);
  void deliver(const packet& x);
  void tick_all();
  /// `before` is set if it may have begun anew.
  void finish(site_no x, const std::optional<former_self>& before = {});
  void unlink(site_no x, replica_id from);
  std::optional<site_no> start(member_no who);
  /// When it seems to be born: by the clock of its host, or badly off.
  replica_id id_of(member_no who, site_no number) const;
  void stop(member_no who);
  /// Now and then, since it is dear.
  void look_at_all();

  // -- who begins anew (replica_renewals.cpp) --------------------------------

  /// Set if these bytes may make it begin anew.
  std::optional<former_self> self_before(site_no x,
                                         const std::string& bytes) const;
  /// May `x` take `who` for departed?
  bool is_long_gone(site_no x, replica_id who) const;
  /// Returns what it is from now on.
  site_no renew(site_no x, const former_self& before, const sync::step& told);
  void write_again(site_no x);
  /// Those that are due.
  void run_errands();
  /// What `x` is now.
  site_no present(site_no x) const;

  // -- what comes after the acts (replica_healing.cpp) -----------------------

  void heal();
  /// A write gets to all without a reconciliation.
  void reach_all();
  /// They are nobody's neighbours any more.
  void drop_the_dead();
  /// Makes those that live neighbours of each other, or some of them if the
  /// mesh is to have holes, and of nobody else.
  void connect();
  /// Not all may begin anew.
  bool must_somebody_stay() const;
  /// Shall they be neighbours?
  bool is_wanted(member_no a, member_no b) const;
  /// Until all is said, and all are equal.
  void rest();
  bool are_equal() const;
  bool is_quiet() const;

  // -- reads -----------------------------------------------------------------

  /// What the network knows of a member.
  static replica_id address_of(member_no x) {
    return replica_id{static_cast<std::uint64_t>(x) + 1};
  }
  host& host_of(member_no x);
  std::optional<site_no> running_at(member_no x) const;
  bool is_alive(site_no x) const { return running_at(sites_[x].at) == x; }
  /// The replicas that run, in the order of members.
  std::vector<site_no> alive() const;
  site_no site_of(replica_id x) const { return numbers_.at(x); }
  std::optional<site_no> oldest_neighbour(site_no x, member_no at) const;
  moment now_at(site_no x) const;

  scenario scenario_;
  sync::config config_;
  sim_network network_;
  replica_keys keys_;
  replica_model model_;
  instant now_{};
  instant next_look_{};
  bool is_healing_ = false;
  bool is_pushing_only_ = false; ///< nobody gets to catch up
  std::vector<host> hosts_;      ///< by member
  std::vector<site> sites_;      ///< the dead ones too
  std::map<replica_id, site_no> numbers_;
  std::vector<letter> letters_;
  std::multimap<instant, errand> errands_; ///< by when they are due
  std::vector<member_no> healing_;         ///< who takes part in that
  replica_census* census_ = nullptr;
  forgetting_census* forgetting_census_ = nullptr;
  std::size_t steps_ = 0;
  std::size_t crashes_ = 0;
  std::size_t renewals_ = 0;
};

} // namespace horde::sim
