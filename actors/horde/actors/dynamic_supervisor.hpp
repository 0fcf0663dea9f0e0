// SPDX-License-Identifier: MIT
//
// The distributed supervisor: children run somewhere in the cluster and come
// back elsewhere when their node dies. The handle is a small value; copy it
// freely. Each call has three forms and one implementation: from a plain thread
// (waits), from an actor (`self` first: chain `.then`), and the messages of
// `messages.hpp` to `actor()`.

#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/expected.hpp>

#include "horde/actors/members_option.hpp"
#include "horde/actors/messages.hpp"
#include "horde/actors/node.hpp"
#include "horde/placement/strategy_kind.hpp"
#include "horde/scheduling/config.hpp"
#include "horde/sync/storage.hpp"

namespace horde {

namespace actors {
class supervisor_engine;
}

struct supervisor_options {
  std::string name{};
  members_option members = automatic;
  /// Which member runs a child; the same on all of them. See docs/placement.md.
  placement::strategy_kind strategy = placement::strategy_kind::uniform;
  /// One of your own instead, if it is not empty; its name counts then.
  placement::strategy_factory make_strategy{};
  /// Whether children that run well move to members that come (active), or only
  /// when their member is lost or leaves (passive) and with `rebalance`.
  scheduling::redistribution redistribution =
    scheduling::redistribution::passive;
  /// After its start this member places no children before so many members are
  /// there or this time is over, so that the first of all does not take all.
  /// Starts wait meanwhile. Takes 1 member or more and up to 24 h.
  scheduling::place_after place_after{};
  /// Children that must exist: started as soon as nobody wants them, also after
  /// they were terminated. Each has an id, and restart permanent. The same on
  /// all members.
  std::vector<child_spec> default_children{};
  /// Each child that starts on this member gets these before its own arguments,
  /// each time. They never leave this process.
  caf::message extra_arguments{};
  /// When this member is stopped or removed, children that have not ended after
  /// this time are killed, whatever their shutdown says. None: they are waited
  /// for. Takes a time above zero.
  std::optional<duration> drain_timeout{};
  std::size_t max_moves = 16; ///< of this member at a time, if they move so
  /// Of children with `hand_off`. They move without their state if it is larger
  /// (takes at most 8 MiB), or not given or fetched within this time.
  std::size_t max_state_bytes = 1024 * 1024;
  duration export_within = std::chrono::seconds{5};
  duration fetch_within = std::chrono::seconds{5};
  /// With a strategy that needs quorum: a member that has not heard a quorum
  /// for so long kills its children, and others take them over `lease_margin`
  /// later. The same on all members. See docs/lease.md.
  duration lease = std::chrono::seconds{5};
  duration lease_margin = std::chrono::seconds{1};
  unsigned max_restarts = 3;                      ///< of one child ...
  duration max_seconds = std::chrono::seconds{5}; ///< ... in this time
  /// OTP's classic limit, of all children on this member together. Beyond it
  /// the member hands them over and its actor ends with `too_many_restarts`.
  /// None: it never does.
  std::optional<unsigned> member_max_restarts{};
  duration member_max_seconds = std::chrono::seconds{5};
  duration backoff_first = std::chrono::seconds{1}; ///< quarantine, doubling
  duration backoff_at_most = std::chrono::minutes{5};
  std::size_t max_children = 1'000'000; ///< on this member
  /// On all members. Counted from what this member knows: more may come about
  /// by starts at the same time on others.
  std::size_t max_children_of_horde = std::numeric_limits<std::size_t>::max();
  /// When starts are answered that do not say; `local` or `replicated`. Ends of
  /// children, too.
  start_ack ack = start_ack::replicated;
  std::size_t max_starters = 64; ///< factories that run at a time
  /// Where this member keeps the records of children, so that they come back
  /// also when all members were stopped. None: they do not. A step waits for
  /// it. See docs/storage.md.
  std::shared_ptr<sync::storage> store{};
  /// How long what departed members wrote is remembered. Who was cut off from
  /// the others for longer may find itself forgotten: it goes on as if it had
  /// just joined, with the processes that live on it. Takes 1 s or more.
  duration forget_after = std::chrono::hours{1};
};

/// Reads and checks all of `store`, before there is a node of this cluster. To
/// be handed to `supervisor_options::store` then, which finds nothing wrong any
/// more. Fails with `store_damaged` or `store_unusable`. Without it these come
/// from `dynamic_supervisor::start`, when the cluster knows the node already.
caf::expected<std::shared_ptr<sync::storage>>
load_store(std::shared_ptr<sync::storage> store, const std::string& cluster);

class dynamic_supervisor {
public:
  /// No supervisor; every call fails with `unknown_horde`.
  dynamic_supervisor() = default;

  /// Starts this node's member. Fails with `bad_option`, naming the option, or
  /// with `store_damaged` or `store_unusable`.
  static caf::expected<dynamic_supervisor> start(node& where,
                                                 supervisor_options options);

  /// Ends this node's member, of all handles: its children are handed over,
  /// each as soon as it has ended, for at most `limit`, those that are left
  /// killed, and it leaves the horde. Calls fail with `shutting_down` then; a
  /// supervisor of this name may be started here again. Not to be called by an
  /// actor. Fails with `timeout` if not all could be handed over.
  caf::expected<void> stop(duration limit = std::chrono::seconds{10});

  /// Runs on the member that the placement key chooses. Waits until it runs and
  /// another member knows, see `ack`; if none does in time, fails with
  /// `timeout` though it runs. Fails with `already_started`, `ignored`,
  /// `start_failed`, `unknown_child_type`, `bad_child_spec`, `no_alive_nodes`,
  /// `not_a_member`, `shutting_down`, `timeout`. Not to be called by an actor.
  caf::expected<child_started> start_child(child_spec spec,
                                           start_ack ack = start_ack::standard);

  /// The same from an actor: chain `.then`.
  template <class Self>
  auto start_child(Self* self, child_spec spec,
                   start_ack ack = start_ack::standard) {
    auto limit = call_timeout + spec.start_timeout;
    return ask(self, actor_, limit, horde::start_child{std::move(spec), ack});
  }

  /// The child of that id if there is one, once it runs, whatever its spec;
  /// else it is started. See the message of that name. Fails as `start_child`
  /// does, but for `already_started`; with `timeout` if it does not run in
  /// time, and with `bad_child_spec` without an id. Not to be called by an
  /// actor.
  caf::expected<child_started>
  find_or_start(std::string id, child_spec spec,
                start_ack ack = start_ack::standard);

  template <class Self>
  auto find_or_start(Self* self, std::string id, child_spec spec,
                     start_ack ack = start_ack::standard) {
    auto limit = call_timeout + spec.start_timeout;
    spec.id = std::move(id);
    return ask(self, actor_, limit, horde::find_or_start{std::move(spec), ack});
  }

  /// Waits until the child has ended. Fails with `not_found`. Not to be called
  /// by an actor.
  caf::expected<void> terminate_child(const std::string& id);
  caf::expected<void> terminate_child(const pid& who);

  /// `limit`: longer than the grace of the child.
  template <class Self>
  auto terminate_child(Self* self, const std::string& id,
                       duration limit = call_timeout) {
    return ask(self, actor_, limit, horde::terminate_child{id, {}});
  }

  /// Starts a passive child and waits until it runs. Fails with `not_found`,
  /// `no_alive_nodes`, `timeout`. Not to be called by an actor.
  caf::expected<child_started> activate_child(const std::string& id);

  template <class Self>
  auto activate_child(Self* self, const std::string& id) {
    return ask(self, actor_, call_timeout, horde::activate_child{id});
  }

  /// Sends to the child of this id, wherever it runs; `sender` is kept, so that
  /// replies work. A passive child is started. See `send_to_child`.
  caf::expected<void> send_as(const caf::actor& sender, const std::string& id,
                              caf::message content) const;

  /// Sends without a sender.
  template <class... Ts>
  caf::expected<void> send(const std::string& id, Ts&&... xs) const {
    return send_as(nullptr, id, caf::make_message(std::forward<Ts>(xs)...));
  }

  /// Asks the child of this id, see `ask_child`: chain `.then` or `.receive`.
  template <class Self, class... Ts>
  auto request(Self&& self, duration limit, const std::string& id,
               Ts&&... xs) const {
    return ask(
      self, actor_, limit,
      horde::ask_child{id, caf::make_message(std::forward<Ts>(xs)...)});
  }

  /// Starts a child that waits in quarantine at once. Fails with `not_found`,
  /// `not_quarantined`. See the message of that name.
  caf::expected<void> release_child(const std::string& id);

  /// `who` gets `child_events` until it ends: the children there are, then what
  /// happens to them on any member, in order. It is held weakly, and need not
  /// be on this node.
  void subscribe(const caf::actor& who) const;
  void unsubscribe(const caf::actor& who) const;

  /// The same for a function, which runs in a thread of its own, one call at a
  /// time, until the member stops.
  void subscribe(std::function<void(const child_events&)> f) const;

  /// Where a child of this spec would be started now, and why. With an id
  /// alone: where that child would go if it had to move. Fails with
  /// `not_found`, `bad_child_spec`.
  caf::expected<placement::plan> plan(child_spec spec) const;

  /// See the messages of these names.
  move_list rebalance(bool dry_run = false);
  move_list plan_nodes(const horde::plan_nodes& x) const;

  /// From the replicated state: waits for nobody.
  child_list which_children() const;
  scheduling::child_counts count_children() const;

  /// Dynamic hordes only; on one member for all. See the message of that name.
  caf::expected<void> set_members(const members& list, bool force = false);

  member_list members() const;

  /// True once this member has quorum (see `wait_for_quorum` in
  /// member_messages.hpp for what that is); false after `limit`, and if the
  /// member stops. Not to be called by an actor: that sends the message.
  bool wait_for_quorum(duration limit) const;

  supervisor_status status() const;

  /// Takes every message of `messages.hpp` for members and supervisors.
  const caf::actor& actor() const { return actor_; }

  const std::string& name() const { return name_; }

  explicit operator bool() const { return engine_ != nullptr; }

  /// How long the forms for actors wait at most, beside `start_timeout`.
  static constexpr duration call_timeout = std::chrono::seconds{60};

private:
  std::shared_ptr<actors::supervisor_engine> engine_;
  caf::actor actor_;
  std::string name_;
};

} // namespace horde
