// SPDX-License-Identifier: MIT
//
// Two to five members, one seed: random starts and terminates, crashes, failing
// factories, dying nodes, suspicion that heals, cuts on both sides, new
// incarnations, changed member lists and drains, on a network that loses,
// repeats and reorders. In some runs the departed are forgotten after seconds,
// and sides are apart for longer. Then all faults stop. Checked at every
// answer: that a `started` is known to a second member. Checked at the end:
// every wanted child runs exactly once, nothing else does, all agree, nobody
// waits, and nothing that was acknowledged is lost.

#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "support/sim_members.hpp"

namespace horde::sim {

class scheduler_sim {
public:
  explicit scheduler_sim(std::uint64_t seed);

  /// Runs to the end. Returns what went wrong first; empty: nothing.
  std::string run();

  std::uint64_t trace() const { return members_.trace(); }
  /// How much happened: for the test that the simulation tests something.
  std::size_t acknowledged() const { return acknowledged_.size(); }
  std::size_t deaths() const { return deaths_; }
  std::uint64_t renewals() const { return renewals_; }

private:
  enum class fate : std::uint8_t { must_exist, must_be_gone, may_be_gone };

  /// Departed replicas are forgotten within the run.
  bool is_forgetful() const { return forget_after_ < std::chrono::minutes{1}; }

  void watch_for(duration time);
  struct removal {
    std::vector<crdt::dot> dots;
    std::uint64_t renewals = 0; ///< so far
  };

  void random_act();
  void start_something();
  void terminate_something();
  void change_the_links();
  void part_for_long();
  void set_members(const std::vector<std::size_t>& on,
                   const std::vector<std::size_t>& list);
  void end_a_node();
  void restart_a_node();
  void change_the_members();
  void change_the_network();
  void crash_something();

  /// Takes note of new answers.
  void read_answers();
  std::vector<std::vector<replica_id>> known_replicas() const;
  /// True if a second member must have what this one acknowledges now.
  bool must_be_shared(std::size_t node) const;
  void read_start(std::size_t number);
  void read_terminate(std::size_t call);
  std::size_t holders_of(const std::string& id) const;
  /// Somebody has forgotten who started it, and does not have it: then all of
  /// that writer counts as seen, and the child will go with it.
  bool is_in_danger(const std::string& id) const;
  /// Living members that know what this terminate removed. `none_left`: and
  /// have nothing of the child that another try of its start left.
  std::size_t witnesses_of(std::size_t call, bool none_left) const;
  /// Children that no living node knows of cannot come back.
  void forget_lost_children();

  void make_peace();
  void bring_back_all();
  bool some_fit_nowhere() const;
  bool some_are_missing() const;
  std::string check_end() const;
  /// Empty: all are answered.
  std::string waiting_call() const;
  std::string check_members() const;
  std::string check_copies() const;

  std::size_t random_alive();
  std::string random_id();
  void fail(const std::string& what);

  random_engine rng_;
  sim_members members_;
  bool needs_quorum_;
  duration forget_after_;
  std::size_t read_calls_ = 0;
  std::set<std::size_t> unread_;
  std::map<std::string, fate> acknowledged_; ///< children by id
  std::set<std::string> passing_;    ///< ids that were started to end some day
  std::set<std::string> terminated_; ///< ids that somebody tried to terminate
  /// The writes that a terminate removed, by call.
  std::map<std::size_t, removal> removed_;
  std::size_t alive_ = 0;
  std::size_t deaths_ = 0;
  std::uint64_t renewals_ = 0;
  std::vector<std::vector<replica_id>> known_; ///< by each that is alive
  std::string problem_;
};

} // namespace horde::sim
