// SPDX-License-Identifier: MIT
//
// The front door: the only place where this program listens or dials. Before
// one byte reaches CAF, both ends prove that they know the cluster's secret (or
// show certificates), inside TLS unless the user wants it without, agree on
// cluster, protocol version and CAF line, and settle who keeps the connection
// if both dialed at once. Then the socket goes to CAF's BASP broker behind a
// guard for frames that BASP does not survive.
//
// The order of use: construct, `listen` (now the port is known), `open`. All
// events come from one thread of the door, one after the other. Never call
// CAF's own publish, open or connect beside it: those ports have no door.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "horde/actors/door/basp.hpp"
#include "horde/actors/door/entrance.hpp"
#include "horde/errc.hpp"

#include <caf/actor_system.hpp>

namespace horde::actors {

class door final : public entrance {
public:
  /// Requires: `config` is valid; this thread builds the system.
  door(caf::actor_system& sys, door_config config);
  door(const door&) = delete;
  door& operator=(const door&) = delete;
  /// Stops.
  ~door() override;

  /// Binds the configured endpoint and returns it with the port it got. Peers
  /// that come from now on wait for `open`. Fails with `cannot_listen`.
  /// Requires: an endpoint to listen on is configured.
  outcome<endpoint> listen();

  void open(door_identity self, caf::strong_actor_ptr whom, sink out) override;
  void dial(endpoint to) override;
  void hand_over(caf::event_based_actor* self, door_events::dialed link,
                 handed_over then) override;
  void kick(link_id link) override;
  void send_datagram(link_id link, std::string_view payload) override;
  std::optional<instant> last_heard(link_id link) const override;
  std::size_t unsent(link_id link) const override;
  void refuse_callers() override;
  door_counters counters() const override;
  void stop() override;

  /// See `porter::set_secrets`. Links that exist stay.
  void set_secrets(std::vector<std::string> x);

  /// `hand_over` for other kinds of actors: the response of the request is
  /// `(caf::node_id, caf::strong_actor_ptr, std::set<std::string>)`, where the
  /// pointer is the peer's published actor.
  template <class Self>
  auto request_hand_over(Self* self, caf::io::scribe_ptr scribe) {
    return basp::connect(self, broker_, std::move(scribe), timeout_);
  }

private:
  class impl;

  caf::actor broker_;
  duration timeout_;
  std::unique_ptr<impl> impl_;
};

} // namespace horde::actors
