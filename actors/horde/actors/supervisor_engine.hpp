// SPDX-License-Identifier: MIT
//
// One member of a supervisor: the machine `scheduling::scheduler` behind a
// lock, and all it does to the world: runs factories in starter threads, stops
// children, talks to peers, answers callers. Thread-safe.

#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include <caf/actor.hpp>
#include <caf/message.hpp>

#include "horde/actors/alarm.hpp"
#include "horde/actors/child_watch.hpp"
#include "horde/actors/condition_waiters.hpp"
#include "horde/actors/gathering.hpp"
#include "horde/actors/hand_off_messages.hpp"
#include "horde/actors/node_context.hpp"
#include "horde/actors/peer_table.hpp"
#include "horde/actors/stand_in.hpp"
#include "horde/actors/starter_pool.hpp"
#include "horde/due_queue.hpp"
#include "horde/scheduling/scheduler.hpp"

namespace horde::actors {

class supervisor_engine
    : public std::enable_shared_from_this<supervisor_engine> {
public:
  /// Called once, in any thread, without a lock held; must not wait.
  using start_callback = std::function<void(caf::expected<child_started>)>;
  using terminate_callback = std::function<void(caf::expected<void>)>;

  supervisor_engine(node_context_ptr node, scheduling::config cfg,
                    hosted_member self, std::size_t max_starters,
                    std::uint64_t seed);

  node_context& node() const { return *node_; }

  /// Each child gets these before its own arguments. Call before `start`.
  void set_extra_arguments(caf::message x) { extra_arguments_ = std::move(x); }

  /// Takes what a former self left in the store. Call before `start`; after a
  /// failure not at all.
  std::optional<failure> restore();

  /// Call once, first. `self` is the member's actor.
  hosted_member start(caf::actor self);

  // -- what users do ---------------------------------------------------------

  void start_child(child_spec spec, start_callback done,
                   start_ack ack = start_ack::standard);
  void find_or_start(child_spec spec, start_callback done,
                     start_ack ack = start_ack::standard);
  void activate_child(const std::string& id, start_callback done);
  void terminate_child(const std::string& id, const pid& who,
                       terminate_callback done);
  caf::expected<placement::plan> plan(child_spec spec);
  move_list rebalance(bool dry_run);
  move_list plan_nodes(const horde::plan_nodes& x) const;
  caf::expected<void> release_child(const std::string& id);
  /// Told by `child_events` from now on. The children there are are told by
  /// `go_on_telling`.
  void subscribe(const caf::strong_actor_ptr& who);
  void unsubscribe(const caf::strong_actor_ptr& who);
  void subscribe(std::function<void(const child_events&)> f);
  child_list which_children() const;
  scheduling::child_counts count_children() const;
  caf::expected<void> set_members(const horde::members& list, bool force);
  /// The same by a node listener, which alone may in automatic mode.
  caf::expected<void> drive_members(const actors::drive_members& x);
  member_list members() const;
  void wait_for_quorum(duration limit, condition_waiters::callback done);
  supervisor_status status() const;

  // -- what the member's actor passes in -------------------------------------

  void receive(const peer_bytes& x);
  void joined(const peer_joined& x);
  void gone(const peer_gone& x);
  void node_changed(const node_event& x);
  void tick(const actors::tick& x);

  void go_on_telling();

  /// What callers and factories brought, until nothing is left or others have
  /// been served for long: then the member's actor is to go on.
  void work_off();

  using route = stand_in::route;

  /// A child that does not run is started, or waited for. Fails as
  /// `send_to_child` does.
  caf::expected<route> route_to(const std::string& id,
                                const caf::message& content);
  caf::expected<void> send(const caf::strong_actor_ptr& sender,
                           const std::string& id, caf::message content);

  /// Who is to be asked for its state, or whether it is ready; null: it is
  /// gone.
  caf::actor child_of(scheduling::token start) const;
  duration start_timeout_of(scheduling::token start) const;
  void said_ready(scheduling::token start, const caf::error& problem);
  void state_came(scheduling::token start, caf::expected<handed_state> state);
  /// A process of this node that was sent to through this member.
  caf::strong_actor_ptr process(const pid& who) const;

  /// Hands the children over; calls `done` once, when they are.
  void drain(std::function<void()> done);

  /// Kills the children that are left and waits for factories that run: the
  /// node stops now. A store that fails gets a last chance.
  void kill_all();

  /// Why the member's actor ends.
  caf::error why_it_ends() const;

private:
  /// Somebody asks for a child.
  struct asked_child {
    supervision::child_spec spec;
    start_ack ack{};
    bool finds = false;
    start_callback done;
  };

  /// A factory gave this actor.
  struct given_child {
    scheduling::token start = 0;
    caf::strong_actor_ptr actor;
    std::string info;
    std::string refused; ///< why it did not take the state given
  };

  using arrival = std::variant<asked_child, given_child>;

  void bring(arrival x);
  void take_arrivals(moment now, scheduling::effects& out,
                     std::vector<std::function<void()>>& later);
  void ask_for_child(child_spec spec, start_ack ack, bool finds,
                     start_callback done);

  /// What a starter thread looks at without our lock.
  struct start_order {
    std::atomic<bool> abandoned = false;
    std::atomic<instant> began{}; ///< when its factory was called
  };

  /// A start as this process sees it, from the order to the end of the child.
  struct local_start {
    std::string id;
    std::shared_ptr<start_order> order;
    bool reported_late = false;
    bool is_hanging = false;   ///< in its factory, and too late
    bool is_to_report = false; ///< that it is ready
    duration start_timeout{};
    std::unique_ptr<given_child> unready{}; ///< it has not reported yet
    caf::strong_actor_ptr child;            ///< null until it runs
  };

  /// Of a child that was asked for its state.
  struct move {
    std::uint64_t actor = 0; ///< that was asked
    caf::actor instead;      ///< a `stand_in`
  };

  /// What must happen after the lock was released.
  using afterwards = std::vector<std::function<void()>>;

  void step(const std::function<scheduling::effects(moment)>& event);
  void link_peers(moment now, scheduling::effects& out);
  void perform(scheduling::effects out, afterwards& later);
  void watch_store();
  void tell_listeners();
  void give_up(const std::string& why);

  std::string identity_of(const std::string& child) const {
    return child_identity(self_.who.horde, child);
  }
  using jobs = std::vector<std::function<void()>>;
  void order_start(scheduling::start_child x, jobs& factories,
                   afterwards& later);
  void run_factories(jobs factories, afterwards& later);
  bool may_run(const scheduling::start_child& x, start_order& order);
  void refuse(scheduling::token start, std::string why, afterwards& later);
  void came_back(scheduling::token start, const local_start& x);
  void act_on_due(moment now, scheduling::effects& out);
  static instant answer_due(const local_start& x, moment now);
  void late(scheduling::token start, local_start& x, moment now,
            scheduling::effects& out);
  void factory_answered(scheduling::token start, child_outcome result);
  void child_runs_now(scheduling::token start, const child_runs& x);
  bool takes(const given_child& x);
  bool waits_for_report(const given_child& x);
  route route_of(const pid& who) const;
  void child_awaited(const std::string& id,
                     const caf::expected<child_started>& result);
  void not_started(scheduling::token start, const failure& why);
  void abandon(scheduling::token start);
  static void kill(const local_start& x);
  void stop(const scheduling::stop_child& x);
  void merge(const scheduling::merge_child& x);
  void begin_move(scheduling::token start);
  void moved(const scheduling::moved& x);
  void end_move(scheduling::token start);
  caf::error has_stopped() const;
  void ended(scheduling::token start, const caf::error& reason);

  node_context_ptr node_;
  hosted_member self_;
  caf::message extra_arguments_;
  bool has_new_id_ = false; ///< in this step
  gathering<arrival> arrivals_;
  mutable std::mutex mutex_; ///< guards all below
  scheduling::scheduler core_;
  peer_table peers_;
  std::unordered_map<scheduling::token, local_start> starts_;
  std::unordered_map<scheduling::token, move> moves_; ///< by the start
  /// Children that are sent to and do not run yet, each with its `stand_in`.
  std::unordered_map<std::string, caf::actor> awaited_;
  /// Factories that are late then, moves that are over, children whose grace is
  /// over.
  due_queue<scheduling::token> due_;
  std::unordered_set<std::string> hanging_; ///< children with a late factory
  std::unordered_map<scheduling::token, start_callback> start_callers_;
  std::unordered_map<scheduling::token, terminate_callback> terminate_callers_;
  std::function<void()> drained_;
  scheduling::token next_caller_ = 1;
  condition_waiters waiters_;
  child_watch watch_;
  std::vector<caf::actor> callbacks_; ///< of functions that listen
  alarm alarm_;
  bool stopped_ = false;
  bool store_fails_ = false;
  caf::error gave_up_; ///< no error unless it did
  std::shared_ptr<starter_pool> starters_;
};

/// What was kept of a child that moved. Fails with `refused`, `unknown_type`.
outcome<handed_state> decode_state(caf::actor_system& sys,
                                   const std::string& bytes);

stand_in& stand_in_of(const caf::actor& x);

void append(scheduling::effects more, scheduling::effects& to);

/// The actor of a member: messages of users, peers and the node.
caf::actor spawn_supervisor_member(node_context& node,
                                   std::shared_ptr<supervisor_engine> engine);

} // namespace horde::actors
