// SPDX-License-Identifier: MIT
//
// The front door: the only place where this program listens or dials. Before
// one byte reaches CAF, both ends prove that they know the cluster's secret,
// agree on cluster, protocol version and CAF line, and settle who keeps the
// connection if both dialed at once. Then the socket goes to CAF's BASP broker
// behind a guard for frames that BASP does not survive.
//
// The order of use: construct, `listen` (now the port is known), `open`. All
// events come from one thread of the door, one after the other. Never call
// CAF's own publish, open or connect beside it: those ports have no door.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <variant>

#include "horde/actors/door/basp.hpp"
#include "horde/actors/door/config.hpp"
#include "horde/actors/door/events.hpp"
#include "horde/endpoint.hpp"
#include "horde/errc.hpp"
#include "horde/node_id.hpp"

#include <caf/actor_system.hpp>
#include <caf/io/scribe.hpp>

namespace horde::actors {

namespace door_events {

/// A peer came in; BASP gets the connection right after this event, with the
/// actor given to `open` as published actor.
struct accepted {
  link_id link = 0;
  node_id peer;
  peer_role role = peer_role::member;
  endpoint from; ///< where its connection comes from, not where it listens
};

/// A dial succeeded. The owner hands the scribe over itself, see
/// `door::hand_over`; to drop the scribe is to close the link.
struct dialed {
  link_id link = 0;
  node_id peer;
  endpoint to;
  caf::io::scribe_ptr scribe;
};

} // namespace door_events

using door_event =
  std::variant<door_events::accepted, door_events::dialed,
               door_events::dial_failed, door_events::already_linked,
               door_events::link_lost, door_events::turned_away>;

class door {
public:
  /// Called in the door's thread, never twice at a time. Only enqueues.
  using sink = std::function<void(door_event)>;

  /// Requires: `config` is valid; this thread builds the system.
  door(caf::actor_system& sys, door_config config);
  door(const door&) = delete;
  door& operator=(const door&) = delete;
  /// Stops.
  ~door();

  /// Binds the configured endpoint and returns it with the port it got. Peers
  /// that come from now on wait for `open`. Fails with `cannot_listen`.
  /// Requires: an endpoint to listen on is configured.
  outcome<endpoint> listen();

  /// Starts to accept and to dial. Peers see `whom` as our published actor.
  /// Requires: `self` is valid; called once.
  void open(door_identity self, caf::strong_actor_ptr whom, sink out);

  /// Ends in exactly one of `dialed`, `dial_failed`, `already_linked`, unless
  /// the door stops before. `expected` saves the dial if that node is linked.
  void dial(endpoint to, std::optional<node_id> expected = std::nullopt);

  /// Cuts a link: `link_lost` here and there, DOWN for its proxies.
  void kick(link_id link);

  /// From now on callers get the answer that this node is shutting down.
  void refuse_callers();

  door_counters counters() const;

  /// Ends listening and dialing. No event after this returns. Links stay with
  /// CAF until their system ends.
  void stop();

  /// Gives the scribe of a `dialed` event to BASP. The response of the request
  /// is `(caf::node_id, caf::strong_actor_ptr, std::set<std::string>)`, where
  /// the pointer is the peer's published actor. Chain it: `.then(...)`.
  template <class Self>
  auto hand_over(Self* self, caf::io::scribe_ptr scribe) {
    return basp::connect(self, broker_, std::move(scribe), timeout_);
  }

private:
  class impl;

  caf::actor broker_;
  duration timeout_;
  std::unique_ptr<impl> impl_;
};

} // namespace horde::actors
