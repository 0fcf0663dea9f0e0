// SPDX-License-Identifier: MIT
//
// What users and tools send to a supervisor, and the answers.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/message.hpp>

#include "horde/actors/member_messages.hpp"
#include "horde/pid.hpp"
#include "horde/placement/plan.hpp"
#include "horde/scheduling/child_event.hpp"
#include "horde/scheduling/child_info.hpp"
#include "horde/scheduling/planned_move.hpp"
#include "horde/supervision/child_spec.hpp"
#include "horde/sync/replica.hpp"

namespace horde {

/// A child as users describe it.
struct child_spec {
  std::string id{};    ///< unique in the horde; made at the entry when empty
  std::string type{};  ///< name of a child type of the node
  caf::message args{}; ///< for its factory
  horde::restart restart = horde::restart::permanent;
  shutdown_policy shutdown{}; ///< 5 s; of supervisors infinity
  child_kind kind = child_kind::worker;
  duration start_timeout = std::chrono::seconds{10};
  std::string placement_key{}; ///< same key, same member; empty: the id
  constraints place{};         ///< where it may run; see docs/placement.md
  bool movable = true;         ///< false: a rebalance leaves it where it is
  /// A temporary child, too, goes on elsewhere when its node ends or its member
  /// leaves; the others do so anyway.
  bool restart_on_failover = false;
  /// Each member that fits runs a copy, with an id of its own: `id@node`. New
  /// members get one, that of a lost member is not taken over. Takes restart
  /// permanent. To start it is answered without a process.
  bool one_per_node = false;
  /// Never two of it: refused where the strategy does not need quorum, as both
  /// sides of a split would run one then.
  bool singleton = false;
  /// It is asked for its state before it moves, which its next copy gets. See
  /// hand_off_messages.hpp.
  bool hand_off = false;
  /// Of two copies, as after a cut, the one that ends is asked for its state,
  /// which the other gets as `merge_state`.
  bool merges = false;
  /// It counts as started once it has answered `report_ready`, within
  /// `start_timeout`.
  bool ready = false;
  /// It gets a thread of its own, if its type can: those of
  /// `horde::config::add_actor_type` can, factories see it in `child_start`.
  bool detached = false;
  template <class Self>
  static auto fields(Self& x) {
    return make_record(
      "horde::child_spec", field("id", x.id), field("type", x.type),
      field("args", x.args), field("restart", x.restart),
      field("shutdown", x.shutdown), field("kind", x.kind),
      field("start_timeout", x.start_timeout),
      field("placement_key", x.placement_key), field("place", x.place),
      field("movable", x.movable),
      field("restart_on_failover", x.restart_on_failover),
      field("one_per_node", x.one_per_node), field("singleton", x.singleton),
      field("hand_off", x.hand_off), field("merges", x.merges),
      field("ready", x.ready), field("detached", x.detached));
  }
};

/// Answered with `child_started`. Fails with `already_started`, `ignored`,
/// `start_failed`, `no_alive_nodes`, `timeout`, ...
struct start_child {
  child_spec spec;
  start_ack ack = start_ack::standard;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::start_child", field("spec", x.spec),
                       field("ack", x.ack));
  }
};

/// The same with an id; if a child of it is there, that one is told, once it
/// runs, whatever its spec. Answered with `child_started`; `info` is empty if
/// another member asked first. Asked at once on all members there is one
/// process while they see the same members; else one when they do, and who
/// listens where the other was started hears that it `moved`.
struct find_or_start {
  child_spec spec;
  start_ack ack = start_ack::standard;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::find_or_start", field("spec", x.spec),
                       field("ack", x.ack));
  }
};

struct child_started {
  std::string id;
  horde::pid who;
  std::string info; ///< what the factory told, as bytes; usually empty
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::child_started", field("id", x.id),
                       field("who", x.who), field("info", x.info));
  }
};

/// By id, or by pid if the id is empty. Answered with nothing; `not_found`.
struct terminate_child {
  std::string id;
  horde::pid who;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::terminate_child", field("id", x.id),
                       field("who", x.who));
  }
};

/// Where would it run, and why? With an id alone: that child, if it had to
/// move. Answered with `placement::plan`; `not_found`, `bad_child_spec`.
struct plan_child {
  child_spec spec;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::plan_child", field("spec", x.spec));
  }
};

/// Moves children to where the strategy would start them now, a few of each
/// member at a time; each ends first and is started there. Those that are
/// temporary or not `movable` stay. `dry_run`: only tells. Answered with
/// `move_list`, before anything has moved.
struct rebalance {
  bool dry_run = false;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::rebalance", field("dry_run", x.dry_run));
  }
};

/// What would move if these nodes were lost, and others there? Moves nothing.
/// Answered with `move_list`.
struct plan_nodes {
  std::vector<std::string> lost;  ///< names
  std::vector<std::string> added; ///< names; of the usual weight
  bool rebalances = false;        ///< with what a rebalance would move then
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::plan_nodes", field("lost", x.lost),
                       field("added", x.added),
                       field("rebalances", x.rebalances));
  }
};

struct move_list {
  std::uint64_t total = 0;
  std::vector<scheduling::planned_move> moves; ///< the first 10 000
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::move_list", field("total", x.total),
                       field("moves", x.moves));
  }
};

/// Answered with `child_list`; `children` with the first 10 000.
struct which_children {
  template <class Self>
  static auto fields(Self&) {
    return make_record("horde::which_children");
  }
};

struct child_list {
  std::uint64_t total = 0; ///< children there are
  std::vector<scheduling::child_info> children;
  std::vector<member_id> silent; ///< members that may know better right now
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::child_list", field("total", x.total),
                       field("children", x.children),
                       field("silent", x.silent));
  }
};

/// Answered with `child_counts`.
struct count_children {
  template <class Self>
  static auto fields(Self&) {
    return make_record("horde::count_children");
  }
};

/// Starts a child that waits in quarantine at once; its crashes so far count no
/// more. Answered with nothing when that is written down: its member does so as
/// soon as it hears of it. Fails with `not_found`, `not_quarantined`.
struct release_child {
  std::string id;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::release_child", field("id", x.id));
  }
};

/// Starts a passive child, where the strategy says. Answered with
/// `child_started` when it runs, also if it did already. Fails with
/// `not_found`, `no_alive_nodes`, `timeout`, ...
struct activate_child {
  std::string id;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::activate_child", field("id", x.id));
  }
};

/// Passes `content` on to the child of this id, on whichever member it runs;
/// the sender is kept, so that replies work. A passive child is started, and
/// one that is being started or restarted waited for: it gets what waits, in
/// order, once it runs. Fails with `not_found`, `node_down`, `too_large`,
/// `unknown_type`; what waited for a child that does not come is logged.
struct send_to_child {
  std::string id;
  caf::message content;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::send_to_child", field("id", x.id),
                       field("content", x.content));
  }
};

/// The same for a request: the child answers. Fails also as `activate_child`
/// does, and as requests do.
struct ask_child {
  std::string id;
  caf::message content;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::ask_child", field("id", x.id),
                       field("content", x.content));
  }
};

/// To a child whose spec says `ready`, when its factory has returned. It
/// answers with nothing when it is ready, or with an error: then it is ended,
/// and its start has failed.
struct report_ready {
  template <class Self>
  static auto fields(Self&) {
    return make_record("horde::report_ready");
  }
};

/// The sender is told of children from now on, by `child_events`: first those
/// there are, in parts, then each event, in order. Ends with the sender.
struct subscribe_children {
  template <class Self>
  static auto fields(Self&) {
    return make_record("horde::subscribe_children");
  }
};

struct unsubscribe_children {
  template <class Self>
  static auto fields(Self&) {
    return make_record("horde::unsubscribe_children");
  }
};

struct child_events {
  std::string supervisor;
  std::vector<scheduling::child_info> children; ///< only of the snapshot
  std::vector<child_event> events;
  bool is_snapshot = false; ///< children that are there already
  bool is_last = false;     ///< of the snapshot; events follow
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::child_events", field("supervisor", x.supervisor),
                       field("children", x.children), field("events", x.events),
                       field("is_snapshot", x.is_snapshot),
                       field("is_last", x.is_last));
  }
};

struct supervisor_status {
  member_id self;
  member_mode mode{};
  std::vector<member_info> members;
  scheduling::child_counts children; ///< of the whole horde
  std::uint64_t local_children = 0;  ///< running or starting here
  std::uint64_t quarantined = 0;
  std::uint64_t starts_waiting = 0; ///< factories not yet run
  std::vector<std::string> refused; ///< who may not join and why
  sync::statistics sync;
  sync::store_status store;  ///< of this member
  child_event_counts events; ///< of the whole horde, as this member heard of it
  std::string start_gate;    ///< what it waits for; empty: it is open
  /// Default children, and copies of this member, that do not exist yet, each
  /// as `id: why`; the first hundred.
  std::vector<std::string> missing;
  template <class Self>
  static auto fields(Self& x) {
    return make_record(
      "horde::supervisor_status", field("self", x.self), field("mode", x.mode),
      field("members", x.members), field("children", x.children),
      field("local_children", x.local_children),
      field("quarantined", x.quarantined),
      field("starts_waiting", x.starts_waiting), field("refused", x.refused),
      field("sync", x.sync), field("store", x.store), field("events", x.events),
      field("start_gate", x.start_gate), field("missing", x.missing));
  }
};

} // namespace horde
