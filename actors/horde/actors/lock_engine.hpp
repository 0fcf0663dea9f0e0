// SPDX-License-Identifier: MIT
//
// One member's part in locks of the whole horde: the machine
// `naming::cluster_locks` behind a lock of its own, and all it does to the
// world. The registry's engine tells it who is a member; the member's actor
// feeds in what comes from peers and timers. Thread-safe.

#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/expected.hpp>

#include "horde/actors/alarm.hpp"
#include "horde/actors/cluster_lock.hpp"
#include "horde/actors/node_context.hpp"
#include "horde/naming/cluster_locks.hpp"

namespace horde::actors {

class lock_engine : public std::enable_shared_from_this<lock_engine> {
public:
  lock_engine(node_context_ptr node, const naming::lock_config& cfg,
              const hosted_member& self, std::uint64_t seed);

  // -- what users do ---------------------------------------------------------

  /// Waits, so not for actors.
  caf::expected<cluster_lock_guard> lock(const std::string& key,
                                         lock_options options);

  /// For a process of this node. Both are called in any thread, one after the
  /// other, and must not wait; `lost` at most once.
  void take(const caf::strong_actor_ptr& holder, const take_lock& x,
            std::function<void(caf::expected<lock_granted>)> done,
            std::function<void(lock_lost)> lost);
  void release(std::uint64_t holder, const release_lock& x);

  void release(std::uint64_t ticket);
  bool is_held(std::uint64_t ticket) const;

  // -- what the registry's engine and the member's actor pass in -------------

  struct news {
    std::uint64_t version = 0; ///< older ones are late
    hosted_member self;
    members list;
    std::vector<hosted_member> linked;
  };

  void set_members(const news& x);
  void stopped(replica_id who);
  void receive(const lock_bytes& x);
  void tick(const lock_tick& x);
  /// All is lost, all fail.
  void leave(const failure& why);

private:
  struct caller {
    std::uint64_t holder = 0; ///< an actor; zero: a thread
    std::string key;
    std::uint64_t token = 0; ///< zero: it waits
    std::function<void(caf::expected<lock_granted>)> done;
    std::function<void(lock_lost)> lost;
  };

  template <class F>
  void step(F event);
  void perform(naming::lock::effects out);
  void tell_callers();
  std::uint64_t ask(caller x, duration lease, duration limit);
  void forget(std::map<std::uint64_t, caller>::iterator who);
  void watch(const caf::strong_actor_ptr& holder);
  void ended(std::uint64_t holder);

  node_context_ptr node_;
  mutable std::mutex mutex_; ///< guards all below
  hosted_member self_;
  naming::cluster_locks core_;
  std::map<replica_id, hosted_member> peers_;
  std::uint64_t version_ = 0;
  std::uint64_t last_ticket_ = 0;
  std::map<std::uint64_t, caller> callers_;                  ///< by ticket
  std::map<std::uint64_t, std::set<std::uint64_t>> holders_; ///< their tickets
  std::set<std::uint64_t> watched_;
  std::list<std::function<void()>> answers_; ///< in order
  bool is_telling_ = false; ///< a thread calls those of `answers_`
  std::optional<failure> left_;
  alarm_of<lock_tick> alarm_;
};

} // namespace horde::actors
