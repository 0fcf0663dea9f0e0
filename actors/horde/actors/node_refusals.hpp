// SPDX-License-Identifier: MIT
//
// Nodes that may not be linked, seen from both sides: tells the other why
// before the link is closed, and logs each reason once. Belongs to the node
// actor.

#pragma once

#include <optional>
#include <string>

#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>

#include "horde/actors/caf_compat.hpp"
#include "horde/actors/door/events.hpp"
#include "horde/actors/log.hpp"
#include "horde/actors/protocol.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde::actors {

class node_refusals {
public:
  /// Tells `peer`; then, or if it does not answer, calls `close`. False if
  /// there is nothing to refuse.
  template <class F>
  bool refuse(caf::event_based_actor* self, const caf::actor& peer,
              const std::optional<refusal>& x, F close) {
    if (!x)
      return false;
    warn("peer_refused why=\"{}\"", x->why.what);
    ask(self, peer, answer_timeout, *x)
      .then([close] { close(); }, [close](const caf::error&) { close(); });
    return true;
  }

  void refused_by(const refusal& x) {
    warn("refused_by_peer peer={} why=\"{}\"", x.from.name, x.why.what);
  }

  /// What the door handed over from `to` is no peer.
  bool is_useless(const caf::expected<caf::actor>& peer, const caf::actor& self,
                  const endpoint& to) {
    if (!peer)
      log().warn("hand_over_failed to={} why=\"{}\"", to_string(to),
                 render(peer.error()));
    else if (*peer == self)
      // BASP tells peers apart by CAF's node id: host id and process id.
      log().warn("same_caf_node to={} why=\"its CAF node id is ours: the host "
                 "id and the process id are equal, as in containers that share "
                 "a network\"",
                 to_string(to));
    return !peer || *peer == self;
  }

  void dial_failed(const door_events::dial_failed& x) {
    // That a node is not there yet is the normal case.
    if (x.code == errc::cannot_connect || x.code == errc::timeout)
      log().info("dial_failed to={} why=\"{}\"", to_string(x.to), x.why);
    else
      warn("refused_by_peer to={} why=\"{}\"", to_string(x.to), x.why);
  }

private:
  static constexpr auto answer_timeout = std::chrono::seconds{1};

  template <class... Ts>
  void warn(spdlog::format_string_t<Ts...> text, Ts&&... xs) {
    auto line = fmt::format(text, std::forward<Ts>(xs)...);
    auto level = said_.is_new(line) ? spdlog::level::warn : spdlog::level::info;
    log().log(level, line);
  }

  said_once said_;
};

} // namespace horde::actors
