// SPDX-License-Identifier: MIT
//
// A supervisor and a registry with members on the same two to five nodes, one
// seed: each child registers a name when it starts, and tries again while
// others have it. Nodes die, return and drain, links break, members are set,
// children crash and are terminated and moved; strangers take the names of
// children. In the end each child that is wanted runs once and has its name, on
// all nodes. Never is a copy of a child evicted by another one.
//
// Some children register before their registry knows what they are, and some
// strangers are taken for a child at first.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "support/sim_members.hpp"
#include "support/sim_registries.hpp"

namespace horde::sim {

class named_children_sim {
public:
  explicit named_children_sim(std::uint64_t seed);

  /// Runs to the end. Returns what went wrong first; empty: nothing.
  std::string run();

  std::uint64_t trace() const { return members_.trace() ^ names_.trace(); }
  std::size_t named() const { return named_; } ///< names that children got
  /// Of these, while a copy of the child had it.
  std::size_t inherited() const { return inherited_; }
  std::size_t evictions() const { return names_.evictions().size(); }

private:
  /// A process of a child, as the registry sees it.
  struct holder {
    std::uint64_t actor = 0; ///< there
    std::size_t node = 0;
    std::string child;
    bool is_marked = false; ///< the registry knows what it is
    instant next_try{};
  };

  void random_act();
  void change_the_links();
  void end_a_node();
  void restart_a_node();
  void set_members();
  void stranger_appears();
  void run_for(duration time);
  void follow();
  void follow_nodes();
  void follow_processes();
  void take_name(holder& x);
  void make_peace();
  std::string check_end() const;
  std::size_t random_alive();
  std::string random_id() { return "id-" + std::to_string(below(rng_, 8)); }

  random_engine rng_;
  sim_members members_;
  sim_registries names_;
  std::map<std::uint64_t, holder>
    holders_; ///< by actor, as the supervisor has it
  std::vector<std::uint64_t> strangers_;
  std::map<std::uint64_t, instant>
    impostors_; ///< until when, taken for a child
  std::size_t named_ = 0;
  std::size_t inherited_ = 0;
  std::string problem_;
};

} // namespace horde::sim
