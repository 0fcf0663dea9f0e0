// SPDX-License-Identifier: MIT
//
// What a node needs of its front door: `door` in real life, in tests a
// simulated one without sockets and threads.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <variant>

#include "horde/actors/door/config.hpp"
#include "horde/actors/door/events.hpp"
#include "horde/actors/door/handshake.hpp"
#include "horde/endpoint.hpp"
#include "horde/node_id.hpp"
#include "horde/time.hpp"

#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/expected.hpp>
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
  std::uint8_t version = newest_version; ///< of the protocol; both speak it
};

/// A dial succeeded. The owner gives it to `entrance::hand_over`; to drop the
/// scribe is to close the link.
struct dialed {
  link_id link = 0;
  node_id peer;
  endpoint to;
  caf::io::scribe_ptr scribe;
  std::uint8_t version = newest_version; ///< of the protocol; both speak it
};

} // namespace door_events

using door_event =
  std::variant<door_events::accepted, door_events::dialed,
               door_events::dial_failed, door_events::already_linked,
               door_events::link_lost, door_events::turned_away,
               door_events::datagram>;

class entrance {
public:
  /// Called in the door's thread, never twice at a time. Only enqueues.
  using sink = std::function<void(door_event)>;

  /// In the context of the actor that handed over.
  using handed_over = std::function<void(caf::expected<caf::actor>)>;

  virtual ~entrance() = default;

  /// Starts to accept and to dial. Peers see `whom` as our published actor.
  /// Requires: `self` is valid; called once.
  virtual void open(door_identity self, caf::strong_actor_ptr whom,
                    sink out) = 0;

  /// Ends in exactly one of `dialed`, `dial_failed`, `already_linked`, unless
  /// the door stops before.
  virtual void dial(endpoint to) = 0;

  /// Gives a link to BASP. `then` gets the peer's published actor, or why there
  /// is none.
  virtual void hand_over(caf::event_based_actor* self, door_events::dialed link,
                         handed_over then) = 0;

  /// Cuts a link: `link_lost` here and there, DOWN for its proxies.
  virtual void kick(link_id link) = 0;

  /// Sends beside the link, so never behind payload. Best effort: lost if the
  /// way to the peer is not known yet (who was dialed learns it from the first
  /// datagram of the peer), if there is no such link, or on the way.
  /// Thread-safe, does not block.
  /// Requires: at most `max_datagram_payload` bytes.
  virtual void send_datagram(link_id link, std::string_view payload) = 0;

  /// When bytes last came in over the link itself: parts of a message count,
  /// datagrams do not. Nothing if there is no such link. In steady time.
  /// Thread-safe and cheap.
  virtual std::optional<instant> last_heard(link_id link) const = 0;

  /// Bytes for this link that the system has not taken yet; 0 if there is no
  /// such link. Thread-safe and cheap.
  virtual std::size_t unsent(link_id link) const = 0;

  /// From now on callers get the answer that this node is shutting down.
  virtual void refuse_callers() = 0;

  virtual door_counters counters() const = 0;

  /// Ends listening and dialing. No event after this returns. Links that nobody
  /// kicked stay with CAF until their system ends.
  virtual void stop() = 0;
};

} // namespace horde::actors
