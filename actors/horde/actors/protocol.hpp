// SPDX-License-Identifier: MIT
//
// What the actors of this library say to each other, on one node and between
// nodes. Nothing here is for users; those messages are in `messages.hpp`.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "horde/actors/messages.hpp"
#include "horde/errc.hpp"
#include "horde/membership/pulse.hpp"

namespace horde::actors {

// -- between nodes -----------------------------------------------------------

/// The first message on a link, from both sides; the dialing side begins. From
/// then on the nodes see each other.
struct hello {
  node_id from;
  endpoint at;         ///< where it listens
  bool answer = false; ///< answers a hello
  std::vector<hosted_member> hosts;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::actors::hello", field("from", x.from),
                       field("at", x.at), field("answer", x.answer),
                       field("hosts", x.hosts));
  }
};

/// In place of a hello: the receiver may not be linked with the sender, who
/// closes the link once this is answered (with nothing).
struct refusal {
  node_id from;
  failure why;
  incarnation newest; ///< that the sender knows of the receiver's name
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::actors::refusal", field("from", x.from),
                       field("code", x.why.code), field("why", x.why.what),
                       field("newest", x.newest));
  }
};

/// The members that the sender's node runs now.
struct hosting {
  node_id from;
  std::vector<hosted_member> hosts;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::actors::hosting", field("from", x.from),
                       field("hosts", x.hosts));
  }
};

/// Introductions, and whom the sender reaches.
struct peer_news {
  node_id from;
  std::vector<peer_info> news;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::actors::peer_news", field("from", x.from),
                       field("news", x.news));
  }
};

/// A heartbeat for who gets none of our datagrams.
struct link_beat {
  node_id from;
  membership::beat what;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::actors::link_beat", field("from", x.from),
                       field("what", x.what));
  }
};

/// "Do you reach this node?" Answered with `peer_news`. Without a name: "Do you
/// know the same nodes?", with a digest of those that we know.
struct reach_question {
  node_id from;
  node_id whom;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::actors::reach_question", field("from", x.from),
                       field("whom", x.whom));
  }
};

/// The sender's node leaves the cluster.
struct goodbye {
  node_id from;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::actors::goodbye", field("from", x.from));
  }
};

// -- between members of one horde --------------------------------------------

/// What one machine says to the other, already encoded.
struct peer_bytes {
  replica_id from{};
  std::string bytes;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::actors::peer_bytes", field("from", x.from),
                       field("bytes", x.bytes));
  }
};

/// What the sender's part in locks of the whole horde says, already encoded.
struct lock_bytes {
  replica_id from{};
  std::string bytes;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::actors::lock_bytes", field("from", x.from),
                       field("bytes", x.bytes));
  }
};

/// A message to a process of the receiver's node, on behalf of its sender.
struct deliver_to {
  horde::pid who;
  caf::message content;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::actors::deliver_to", field("who", x.who),
                       field("content", x.content));
  }
};

/// To several processes, to one of them more than once if it is there so often.
struct deliver_to_all {
  incarnation node; ///< the receiver's
  std::vector<std::uint64_t> actors;
  caf::message content;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::actors::deliver_to_all", field("node", x.node),
                       field("actors", x.actors), field("content", x.content));
  }
};

/// The same for a request: the process answers it. Fails with `not_found`.
struct ask_process {
  horde::pid who;
  caf::message content;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::actors::ask_process", field("who", x.who),
                       field("content", x.content));
  }
};

// -- on one node -------------------------------------------------------------

/// A supervisor's engine to its actor: ask the child of this start.
struct ask_for_state {
  std::uint64_t start = 0;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::actors::ask_for_state", field("start", x.start));
  }
};

/// The same: ask it whether it is ready.
struct ask_if_ready {
  std::uint64_t start = 0;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::actors::ask_if_ready", field("start", x.start));
  }
};

/// Node to member: this member of our or another horde can be talked to.
struct peer_joined {
  hosted_member peer;
  node_id node;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::actors::peer_joined", field("peer", x.peer),
                       field("node", x.node));
  }
};

/// Node to member: it cannot be talked to any more. `stopped`: for good.
struct peer_gone {
  replica_id replica{};
  bool stopped = false;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::actors::peer_gone", field("replica", x.replica),
                       field("stopped", x.stopped));
  }
};

/// Member to node: this node runs it from now on. The node sends it a
/// `peer_joined` for every other and a `node_event` for every node known.
struct host_member {
  hosted_member member;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::actors::host_member", field("member", x.member));
  }
};

/// To the node: this member of it has ended.
struct unhost_member {
  replica_id replica{};
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::actors::unhost_member",
                       field("replica", x.replica));
  }
};

/// A timer fired; see `alarm`. Stale ones are harmless: machines look at the
/// time.
struct tick {
  std::uint64_t number = 0;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::actors::tick", field("number", x.number));
  }
};

/// The same for its part in locks of the whole horde.
struct lock_tick {
  std::uint64_t number = 0;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::actors::lock_tick", field("number", x.number));
  }
};

/// Something waits in the receiver's inbox, a queue shared with other threads.
struct look_inside {
  template <class Self>
  static auto fields(Self&) {
    return make_record("horde::actors::look_inside");
  }
};

/// These processes of that node ended: that is why their names go, which is
/// told by `peer_bytes` behind this.
struct processes_ended {
  incarnation node;
  std::vector<std::uint64_t> actors;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::actors::processes_ended", field("node", x.node),
                       field("actors", x.actors));
  }
};

/// A member to itself: somebody has not been told of all names yet.
struct go_on_telling {
  template <class Self>
  static auto fields(Self&) {
    return make_record("horde::actors::go_on_telling");
  }
};

/// A member to itself: there is more to do that others brought.
struct go_on_working {
  template <class Self>
  static auto fields(Self&) {
    return make_record("horde::actors::go_on_working");
  }
};

/// A member to itself: processes of this node ended that had names.
struct look_at_ends {
  template <class Self>
  static auto fields(Self&) {
    return make_record("horde::actors::look_at_ends");
  }
};

/// To a registry's member: this process of its node is that child, or none (see
/// `child_identities`).
struct process_is_child {
  std::uint64_t actor = 0;
  std::string child;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::actors::process_is_child",
                       field("actor", x.actor), field("child", x.child));
  }
};

/// Node listener to member: `set_members`, also in automatic mode. `seen` is
/// the list that `list` was made from: who joined meanwhile stays, and who was
/// removed meanwhile stays out.
struct drive_members {
  horde::members list;
  horde::members seen;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::actors::drive_members", field("list", x.list),
                       field("seen", x.seen));
  }
};

/// To the node: the sender gets a `node_view` now and after each change.
struct watch_view {
  template <class Self>
  static auto fields(Self&) {
    return make_record("horde::actors::watch_view");
  }
};

/// To a node listener: keep the members of this horde, too.
struct keep_members {
  member_id who;
  caf::actor member;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::actors::keep_members", field("who", x.who),
                       field("member", x.member));
  }
};

/// To the node: say goodbye, then end. Answered with nothing when done.
struct leave_cluster {
  template <class Self>
  static auto fields(Self&) {
    return make_record("horde::actors::leave_cluster");
  }
};

/// To a supervisor's member: hand the children over. Answered with nothing when
/// done.
struct drain_member {
  template <class Self>
  static auto fields(Self&) {
    return make_record("horde::actors::drain_member");
  }
};

/// To a member: withdraw and end. Answered with nothing.
struct stop_member {
  template <class Self>
  static auto fields(Self&) {
    return make_record("horde::actors::stop_member");
  }
};

} // namespace horde::actors
