// SPDX-License-Identifier: MIT
//
// One member of a registry: the machine `naming::registry` behind a lock, and
// all it does to the world. A registration is made in the thread of whoever
// asks, without a message: it neither waits for the pool of user actors nor
// pays for a wake-up (docs/decisions/0003-isolation.md). The member's actor
// feeds in what comes from peers, the node and timers. Thread-safe.

#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <unordered_set>
#include <vector>

#include <caf/actor.hpp>

#include "horde/actors/alarm.hpp"
#include "horde/actors/condition_waiters.hpp"
#include "horde/actors/key_locks.hpp"
#include "horde/actors/lock_engine.hpp"
#include "horde/actors/name_waiters.hpp"
#include "horde/actors/name_watch.hpp"
#include "horde/actors/node_context.hpp"
#include "horde/actors/peer_table.hpp"
#include "horde/actors/read_view.hpp"
#include "horde/naming/registry.hpp"

namespace horde::actors {

class answer_box;

class registry_engine : public std::enable_shared_from_this<registry_engine> {
public:
  registry_engine(node_context_ptr node, naming::config cfg, hosted_member self,
                  std::uint64_t seed);

  /// Call once, first. `self` is the member's actor.
  hosted_member start(caf::actor self);

  // -- what users do ---------------------------------------------------------

  caf::expected<void> register_name(const caf::strong_actor_ptr& who,
                                    const std::string& name,
                                    const caf::message& value);
  void unregister(std::uint64_t actor, const std::string& name);
  /// `f` runs in the thread of the caller, outside of the lock, and again if
  /// the value changed meanwhile.
  caf::expected<value_change>
  update_value(std::uint64_t actor, const std::string& name,
               const std::function<caf::message(const caf::message&)>& f);
  bool unregister_match(std::uint64_t actor, const std::string& name,
                        const std::function<bool(const caf::message&)>& f);
  caf::expected<void> put_meta(const std::string& key,
                               const caf::message& value);
  caf::expected<void> delete_meta(const std::string& key);
  caf::expected<caf::message> meta(const std::string& key) const;
  /// Where a message to a name goes: to a process of this node, or to the
  /// owner's member.
  struct route {
    caf::strong_actor_ptr process;
    caf::actor member;
    horde::pid who;
  };

  /// Fails if the message cannot get there.
  caf::expected<route> route_to(const std::string& name,
                                const caf::message& content) const;
  caf::expected<void> send(const caf::strong_actor_ptr& sender,
                           const std::string& name, caf::message content) const;
  caf::expected<void> set_members(const horde::members& list);
  /// The same by a node listener, which alone may in automatic mode.
  caf::expected<void> drive_members(const actors::drive_members& x);
  member_list members() const;
  void wait_for_quorum(duration limit, condition_waiters::callback done);
  void wait_for_acks(std::uint32_t by, duration limit,
                     condition_waiters::callback done);
  /// `done` is called as `condition_waiters` says: with who has the name, or
  /// `timeout`.
  void await(const std::string& name, duration limit,
             name_waiters::callback done);
  /// Told by `name_events` from now on. The rest of the names there are is told
  /// by `go_on_telling`.
  void subscribe(const caf::strong_actor_ptr& who);
  void unsubscribe(const caf::strong_actor_ptr& who);
  void subscribe(std::function<void(const name_events&)> f);
  registry_status status() const;
  const read_view& view() const { return view_; }
  key_locks& locks() { return locks_; }
  lock_engine& cluster_locks() { return *cluster_locks_; }
  node_context& node() const { return *node_; }

  /// The handle of the member on that node; null if there is none.
  caf::actor member_on(const incarnation& node) const;

  // -- what the member's actor passes in -------------------------------------

  void receive(const peer_bytes& x);
  void joined(const peer_joined& x);
  void gone(const peer_gone& x);
  void node_changed(const node_event& x);
  void tick(const actors::tick& x);
  void ended(const processes_ended& x);
  void go_on_telling();
  void deliver(const caf::strong_actor_ptr& sender, const deliver_to& x) const;
  /// Null unless it lives on this node and a horde knows it.
  caf::strong_actor_ptr process(const horde::pid& who) const;

  /// Releases all names and withdraws. Nothing may follow but reads.
  void leave();

private:
  /// What must happen after the lock was released.
  struct afterwards {
    std::vector<caf::strong_actor_ptr> watch;
    std::vector<std::uint64_t> release;
    std::vector<std::function<void()>> answers;
  };

  template <class F>
  auto step(F event, const caf::strong_actor_ptr& who = nullptr);
  /// A step of a user: fails once this member has left.
  template <class F>
  caf::expected<void> write(F event);
  std::optional<naming::held_value> held(std::uint64_t actor,
                                         const std::string& name) const;
  failure has_left() const;
  void link_peers(moment now);
  std::optional<lock_engine::news> news_for_locks();
  void perform(naming::effects out, const caf::strong_actor_ptr& who,
               afterwards& later);
  void evict(const naming::evict& x);
  void tell_ended();
  void watch(const caf::strong_actor_ptr& who);

  node_context_ptr node_;
  hosted_member self_;
  std::shared_ptr<lock_engine> cluster_locks_;
  std::uint64_t roster_version_ = 0; ///< that they know
  bool has_new_id_ = false;          ///< in this step
  mutable std::mutex mutex_; ///< guards all below but `view_` and `locks_`
  naming::registry core_;
  peer_table peers_;
  std::unordered_set<std::uint64_t> watched_;
  condition_waiters waiters_;
  name_watch watch_;
  name_waiters name_waiters_;
  std::vector<caf::actor> callbacks_; ///< what listens for functions
  std::vector<std::uint64_t> ended_; ///< peers are to be told with what follows
  alarm alarm_;
  bool left_ = false;
  read_view view_;
  key_locks locks_;
};

/// Handlers for locks of the whole horde.
caf::message_handler lock_messages(caf::event_based_actor* self,
                                   std::shared_ptr<registry_engine> engine,
                                   std::shared_ptr<answer_box> box);

/// The actor of a member: messages of users, peers and the node.
caf::actor spawn_registry_member(node_context& node,
                                 std::shared_ptr<registry_engine> engine);

} // namespace horde::actors
