// SPDX-License-Identifier: MIT
//
// A few nodes with one registry member each, over the simulated network, in
// one thread and virtual time. Plays the shell: applies effects to a view as
// readers have it, watches processes, reports nodes as a failure detector
// would (suspect, down, up again, left; what one hears another may not).
//
// Beside the machines runs a model that knows everything: which process was
// told that it has which name. After every step it is checked that views are
// what maps say, that watches are exact, and that nobody is evicted without
// reason or twice.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "horde/naming/registry.hpp"
#include "support/sim_network.hpp"

namespace horde::sim {

struct registries_config {
  std::size_t nodes = 2;
  member_mode mode = member_mode::fixed;
  std::vector<std::size_t> listed{}; ///< fixed, dynamic at first; empty: all
  sync::config sync{};
  faults network{};
  std::size_t max_erased_a_step = 2;
  std::size_t max_settled_a_step = 256;
  key_mode keys = key_mode::unique;
  /// Where a function decides, the process that was started first stays.
  conflict_rule conflicts = conflict_rule::last_wins;
  duration forget_after = membership::roster_config{}.forget_after;
};

class sim_registries {
public:
  struct eviction {
    naming::evict what;
    std::size_t node = 0;
  };

  sim_registries(std::uint64_t seed, registries_config cfg);

  // -- processes, by an actor id that is unique everywhere -------------------

  /// A process that, when it is evicted, ends or lives on. `child`: what its
  /// registry takes it for.
  std::uint64_t spawn(std::size_t node, bool traps_exits = false,
                      std::string child = {});
  /// Its registry learns which child it is.
  void mark(std::uint64_t actor, const std::string& child);
  naming::register_result register_name(std::uint64_t actor,
                                        const std::string& name,
                                        std::string value = {});
  void unregister(std::uint64_t actor, const std::string& name);
  /// Reads and writes the value. False: `actor` has not got the name.
  bool update(std::uint64_t actor, const std::string& name, std::string value);
  std::optional<failure> put_meta(std::size_t node, const std::string& key,
                                  std::string value);
  std::optional<failure> delete_meta(std::size_t node, const std::string& key);
  void end(std::uint64_t actor);

  // -- members and nodes -----------------------------------------------------

  std::optional<failure> set_members(std::size_t node,
                                     const std::vector<std::size_t>& list);
  void crash(std::size_t node);
  /// Comes back as a new incarnation.
  void restart(std::size_t node);
  /// Says goodbye and stops at once, whether the others got everything or not.
  void leave(std::size_t node);
  /// Only the member is stopped, and started again in the same life.
  void restart_member(std::size_t node);

  /// Nothing of `from` arrives at `to`, and `to` will notice.
  void sever(std::size_t from, std::size_t to);
  void heal(std::size_t from, std::size_t to);
  void cut(std::size_t a, std::size_t b);
  void heal_all();
  /// `observer` takes `subject` for down without reason, for a while.
  void doubt(std::size_t observer, std::size_t subject);
  void set_clock(std::size_t node, duration offset);
  void set_faults(faults x) { network_.set_faults(x); }

  // -- time ------------------------------------------------------------------

  void run_for(duration x);
  /// Runs until nothing is to be done any more. False: it never ended.
  bool settle();

  // -- reads -----------------------------------------------------------------

  std::size_t size() const { return sites_.size(); }
  bool is_alive(std::size_t node) const { return sites_[node].core != nullptr; }
  bool is_running(std::uint64_t actor) const {
    return processes_.at(actor).running;
  }
  std::size_t node_of(std::uint64_t actor) const {
    return processes_.at(actor).node;
  }
  const naming::registry& on(std::size_t node) const {
    return *sites_[node].core;
  }
  member_id member(std::size_t node) const;
  /// The actor that readers on `node` find; zero: nobody. Unique keys only.
  std::uint64_t lookup(std::size_t node, const std::string& name) const;
  /// All that readers on `node` find.
  std::map<std::string, naming::name_entry> view(std::size_t node) const;
  const std::map<std::string, std::string>& meta(std::size_t node) const {
    return sites_[node].meta;
  }
  /// The same as names and actors.
  std::multiset<std::pair<std::string, std::uint64_t>>
  found(std::size_t node) const;
  /// Who holds which name, as they were told; once for each entry.
  const std::multiset<std::pair<std::string, std::uint64_t>>& held() const {
    return held_;
  }
  const std::vector<eviction>& evictions() const { return evictions_; }
  bool was_evicted(std::uint64_t actor, const std::string& name) const {
    return evicted_.contains({name, actor});
  }
  /// Entries in the map of `node`, visible or not, of every owner that is
  /// departed: replaced, stopped, left, or down and not listed. (Of a down node
  /// nobody may know that a member had been stopped before.)
  std::size_t entries_of_departed(std::size_t node) const;

  /// How often, in automatic mode, one that did not withdraw went out of the
  /// list of another. Checked: of none that has it for up.
  std::size_t removals() const { return removals_; }

  instant now() const { return now_; }
  /// What went wrong first; empty: nothing.
  const std::string& violation() const { return violation_; }
  std::uint64_t trace() const { return trace_ ^ network_.trace(); }

private:
  struct acquaintance {
    node_id node;
    replica_id replica{};
    node_state state{};
  };

  struct shown {
    replica_id owner{};
    naming::name_entry entry;
  };

  struct site {
    std::string name;
    node_id node;
    replica_id replica{};
    std::unique_ptr<naming::registry> core; ///< null: the node is down
    std::uint64_t generation = 0;           ///< of the member
    bool left = false;
    duration wall_offset{};
    instant wake_at = never;
    std::map<std::size_t, acquaintance> knows;
    std::set<std::uint64_t> watched;
    std::map<std::string, shown> entries;
    std::map<replica_id, naming::show_owner> owners;
    std::map<std::string, std::string> meta;
    std::optional<hash128> checked;           ///< the map when last checked
    std::map<std::size_t, replica_id> listed; ///< by it, in automatic mode
  };

  struct process {
    std::size_t node = 0;
    incarnation life;
    bool traps_exits = false;
    bool running = true;
    std::string child{};
  };

  using node_pair = std::pair<std::size_t, std::size_t>;

  // Nodes.
  void boot(std::size_t node);
  void start_member(std::size_t node);
  void renew(std::size_t node, replica_id renewed);
  void lose_names(std::size_t node);
  void end_processes(std::size_t node);
  void stop(std::size_t node);

  // What observers hear.
  void everybody_reconsiders(std::size_t subject);
  void reconsider(std::size_t observer, std::size_t subject);
  void hear(std::size_t observer, std::size_t subject, node_state what,
            duration after);
  void heard_up(site& o, std::size_t subject);
  void heard_loss(site& o, std::size_t subject, node_state what);
  void drive_members(std::size_t node);

  // Steps.
  static std::string key_of(const std::string& name);
  moment now_at(const site& x) const;
  void finish(std::size_t node);
  void perform(std::size_t node, naming::effects out);
  void on_evict(std::size_t node, const naming::evict& x);
  crdt::stamp first_claim(const std::string& name, std::uint64_t actor) const;
  void on_decide(std::size_t node, const naming::decide& x);
  naming::register_result register_entry(std::uint64_t actor,
                                         const std::string& name,
                                         const std::string& value);
  void check_view(const site& x);
  void check_meta(const site& x);
  void check_claims(std::size_t node);
  void check_removals(std::size_t node);
  void advance_to(instant until);
  bool is_quiet() const;
  duration up_to(duration x) {
    return duration{static_cast<duration::rep>(
      below(rng_, static_cast<std::uint64_t>(x.count()) + 1))};
  }
  void at(instant t, std::function<void()> f) {
    events_.emplace(t, std::move(f));
  }
  void violate(const std::string& what);
  void note(std::string_view what, std::uint64_t number);

  random_engine rng_;
  registries_config cfg_;
  sim_network network_;
  instant now_{std::chrono::hours{1}};
  std::vector<site> sites_;
  std::set<node_pair> severed_;
  std::map<node_pair, std::uint64_t>
    news_; ///< generation of what is on its way
  std::multimap<instant, std::function<void()>> events_;
  std::map<replica_id, std::pair<std::size_t, incarnation>> origins_;
  std::map<std::uint64_t, process> processes_;
  std::multiset<std::pair<std::string, std::uint64_t>> held_;
  std::set<std::pair<std::string, std::uint64_t>> evicted_;
  std::map<std::pair<std::string, std::uint64_t>, crdt::stamp> since_;
  /// A member that started again may give its process an earlier stamp.
  std::map<std::pair<std::string, std::uint64_t>, crdt::stamp> latest_;
  std::map<std::pair<std::string, std::uint64_t>, crdt::stamp> earliest_;
  std::vector<eviction> evictions_;
  std::size_t removals_ = 0;
  std::set<replica_id> withdrawn_;
  std::uint64_t lives_ = 0;
  std::uint64_t actors_ = 0;
  std::string violation_;
  std::uint64_t trace_ = 0;
};

} // namespace horde::sim
