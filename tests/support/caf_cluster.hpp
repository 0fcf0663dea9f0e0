// SPDX-License-Identifier: MIT
//
// Members of several "nodes" in one actor system that runs only when told, with
// virtual time, on either CAF line. There is no network: the test introduces
// the members to each other, which is all that a node does for them.

#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "horde/actors/dynamic_supervisor.hpp"
#include "horde/actors/registry_parts.hpp"
#include "horde/actors/supervisor_engine.hpp"
#include "horde/actors/type_ids.hpp"
#include "horde/sync/storage.hpp"

namespace horde::test {

/// An actor system in which nothing happens by itself.
class quiet_system {
public:
  quiet_system();
  ~quiet_system();

  caf::actor_system& sys();

  /// Delivers all messages, also those that this causes.
  void run();

  /// Delivers one message. Returns false if there is none.
  bool step();

  /// Moves the clock, then runs.
  void advance(duration by);

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

/// What the members of each horde agree on.
struct horde_rules {
  key_mode keys = key_mode::unique;       ///< of the registry
  conflict_function choose{};             ///< of the registry
  placement::strategy_factory strategy{}; ///< of the supervisor; none: default
};

/// Members of one registry and one supervisor, one of each a node.
class caf_cluster {
public:
  /// Nodes are called `n0`, `n1`, ...
  explicit caf_cluster(std::size_t nodes,
                       member_mode mode = member_mode::automatic,
                       std::shared_ptr<sync::storage> store_of_first = {},
                       const members& list = {}, horde_rules rules = {});
  ~caf_cluster();

  struct place {
    actors::node_context_ptr context;
    std::shared_ptr<actors::registry_engine> names;
    std::shared_ptr<actors::registry_parts> parts; ///< `names` alone
    std::shared_ptr<actors::supervisor_engine> workers;
    caf::actor names_actor;
    caf::actor workers_actor;
    hosted_member names_member;
    hosted_member workers_member;
  };

  place& operator[](std::size_t i) { return places_[i]; }
  std::size_t size() const { return places_.size(); }
  auto begin() { return places_.begin(); }
  auto end() { return places_.end(); }

  /// Each can talk to each.
  void introduce_all();

  /// The node of `i` is down for the others, and nothing of it is heard again.
  void kill(std::size_t i);

  /// The node of `i` and the others are down for each other, until `reconnect`.
  void cut_off(std::size_t i);
  void reconnect(std::size_t i);

  /// Stops all members; their children end. The destructor does it, too late
  /// for tests whose factories look at what is gone by then.
  void stop();

  quiet_system quiet;
  child_types types; ///< of all nodes

private:
  void add_place(std::size_t i, member_mode mode,
                 std::shared_ptr<sync::storage> store, const members& list,
                 const horde_rules& rules);
  caf::actor spawn_stand_in(std::size_t i);
  std::vector<std::size_t> in_reach_of(std::size_t i) const;
  void introduce(place& to, place& who);
  void lose(place& to, place& who);

  std::vector<place> places_;
  std::set<std::size_t> alone_;
};

/// An actor that lives until it is told otherwise.
caf::actor spawn_idler(caf::actor_system& sys);

} // namespace horde::test
