// SPDX-License-Identifier: MIT
//
// One member of a registry: the machine `naming::registry` behind a lock, and
// all it does to the world. A registration is made in the thread of whoever
// asks, without a message: it neither waits for the pool of user actors nor
// pays for a wake-up (docs/decisions/0003-isolation.md). The member's actor
// feeds in what comes from peers, the node and timers. Thread-safe.

#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_set>
#include <vector>

#include <caf/actor.hpp>

#include "horde/actors/alarm.hpp"
#include "horde/actors/condition_waiters.hpp"
#include "horde/actors/conflict_policy.hpp"
#include "horde/actors/key_locks.hpp"
#include "horde/actors/lock_engine.hpp"
#include "horde/actors/name_waiters.hpp"
#include "horde/actors/name_watch.hpp"
#include "horde/actors/node_context.hpp"
#include "horde/actors/peer_table.hpp"
#include "horde/actors/read_view.hpp"
#include "horde/actors/yielding_mutex.hpp"
#include "horde/naming/registry.hpp"
#include "horde/sharded.hpp"

namespace horde::actors {

class answer_box;

class registry_engine : public std::enable_shared_from_this<registry_engine> {
public:
  /// `choose` decides conflicts if `cfg` says that a function does.
  registry_engine(node_context_ptr node, naming::config cfg,
                  conflict_function choose, hosted_member self,
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
  meta_list list_meta(const std::string& from, std::uint64_t limit) const;
  caf::expected<duration> last_contact(const std::string& name) const;
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
  /// See `registry::publish_as` and `registry::send_to_one_as`.
  caf::expected<std::size_t> publish(const caf::strong_actor_ptr& sender,
                                     const std::string& name,
                                     const caf::message& content,
                                     publish_scope scope) const;
  using chooser = std::function<std::size_t(const std::vector<registration>&)>;
  caf::expected<void> send_to_one(const caf::strong_actor_ptr& sender,
                                  const std::string& name,
                                  const chooser& choose,
                                  caf::message content) const;
  /// Why something cannot be done with duplicate keys; nothing with unique
  /// ones.
  std::optional<failure> needs_unique_keys(const std::string& what) const;
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
  /// by `go_on_telling`. `untold`: so many partitions have to tell theirs.
  void subscribe(const caf::strong_actor_ptr& who,
                 const std::shared_ptr<std::atomic<std::size_t>>& untold);
  void unsubscribe(const caf::strong_actor_ptr& who);
  /// An actor that passes events on to `f`, until this member ends. Null if it
  /// has.
  caf::actor spawn_reader(std::function<void(const name_events&)> f);
  registry_status status() const;
  const read_view& view() const { return view_; }
  key_locks& locks() { return locks_; }
  member_mode mode() const { return core_.roster().mode(); }
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
  void mark(const process_is_child& x);
  /// Releases the names of processes of this node that ended, of some.
  void look_at_ends();
  void go_on_telling();
  void deliver(const caf::strong_actor_ptr& sender, const deliver_to& x) const;
  void deliver(const caf::strong_actor_ptr& sender,
               const deliver_to_all& x) const;
  /// Calls the conflict function about what it has not been asked yet.
  void answer_questions();
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
  /// The same for what may take long or come often: others go first.
  template <class F>
  void work(F event);
  template <class F>
  auto finish_step(std::unique_lock<yielding_mutex> guard, F event,
                   const caf::strong_actor_ptr& who);
  /// A step of a user: fails once this member has left.
  template <class F>
  caf::expected<void> write(F event);
  naming::register_result register_child(std::uint64_t actor,
                                         const std::string& name,
                                         const std::string& value, moment now);
  std::vector<naming::held_value> held(std::uint64_t actor,
                                       const std::string& name) const;
  failure has_left() const;
  void link_peers(moment now);
  std::optional<lock_engine::news> news_for_locks();
  void perform(naming::effects out, const caf::strong_actor_ptr& who,
               afterwards& later);
  void evict(const naming::evict& x);
  void ask_function();
  void decided(const naming::decide& question, bool ours_stays);
  registration describe(const std::string& name, replica_id owner,
                        const naming::name_entry& x) const;
  caf::expected<route> route_of(const std::string& name, const horde::pid& who,
                                const caf::message& content) const;
  static void deliver(const caf::strong_actor_ptr& sender, const route& to,
                      caf::message content);
  void tell_ended();
  void watch(const caf::strong_actor_ptr& who);
  void process_ended(std::uint64_t actor);
  void end_some();

  node_context_ptr node_;
  const std::string name_; ///< of the horde, as users know it
  hosted_member self_;
  std::shared_ptr<lock_engine> cluster_locks_;
  std::uint64_t roster_version_ = 0; ///< that they know
  bool has_new_id_ = false;          ///< in this step
  mutable yielding_mutex mutex_;     ///< guards all below up to `view_`
  naming::registry core_;
  peer_table peers_;
  sharded<std::unordered_set<std::uint64_t>> watched_;
  condition_waiters waiters_;
  name_watch watch_;
  name_waiters name_waiters_;
  std::deque<naming::decide> questions_; ///< for the conflict function
  caf::actor judge_;                     ///< in its thread that is called
  std::vector<caf::actor>
    callbacks_;                      ///< what listens for functions, and judges
  std::deque<std::uint64_t> ending_; ///< those that ended and have names yet
  std::vector<std::uint64_t> ended_; ///< peers are to be told with what follows
  alarm alarm_;
  bool left_ = false;
  read_view view_;
  key_locks locks_;
  const conflict_function choose_;
  std::mutex ends_mutex_;           ///< guards the next
  std::vector<std::uint64_t> ends_; ///< processes that ended, since we looked
  std::atomic<bool> has_ends_ = false;
};

class registry_parts;

/// Handlers for locks of the whole horde, which are those of its first
/// partition.
caf::message_handler lock_messages(caf::event_based_actor* self,
                                   std::shared_ptr<const registry_parts> parts,
                                   std::shared_ptr<registry_engine> engine,
                                   std::shared_ptr<answer_box> box);

/// The actor of a member: messages of users, for any partition, and of peers
/// and the node, for its own.
caf::actor spawn_registry_member(node_context& node,
                                 std::shared_ptr<const registry_parts> parts,
                                 std::size_t partition);

} // namespace horde::actors
