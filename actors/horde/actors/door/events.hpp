// SPDX-License-Identifier: MIT
//
// What a door tells its owner, as far as no CAF type is in it. `door.hpp` adds
// `accepted` and `dialed` and the variant over all.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "horde/actors/door/config.hpp"
#include "horde/endpoint.hpp"
#include "horde/errc.hpp"
#include "horde/node_id.hpp"

namespace horde::actors {

/// One authenticated connection; unique in this process, never 0.
using link_id = std::uint64_t;

/// Why a link is no more.
enum class link_end : std::uint8_t {
  closed,        ///< by the peer, by the network, or as nobody wanted it
  kicked,        ///< by our own node
  replaced,      ///< a newer connection with the same peer took over
  refused_frame, ///< the peer sent what BASP must not see
  too_slow,      ///< the peer did not take what we had for it
};

std::string_view to_string(link_end x);

/// The most that one datagram carries.
inline constexpr std::size_t max_datagram_payload = 1024;

namespace door_events {

/// A dial that led nowhere.
struct dial_failed {
  endpoint to;
  errc code = errc::none;      ///< `superseded`: we are, says the peer
  std::string why;             ///< a sentence that names the endpoint
  bool refused = false;        ///< its host says that nothing listens there
  std::optional<node_id> peer; ///< who answered, if it said so (unproven)
};

/// A dial to a peer we already have a link to, or are about to get one to.
struct already_linked {
  endpoint to;
  node_id peer;
  /// Absent: another connection with this peer is in its handshake. If no link
  /// comes of it, dial again.
  std::optional<link_id> link;
};

/// The end of a link: exactly once for each `accepted` and `dialed`.
struct link_lost {
  link_id link = 0;
  node_id peer;
  link_end why = link_end::closed;
};

/// What the peer gave to `entrance::send_datagram`, proven to be its and new.
/// Comes only between the beginning and the end of its link. Others may be lost
/// or overtaken.
struct datagram {
  link_id link = 0;
  node_id peer;
  std::string payload;
};

/// A caller we refused: once for each source address and reason, until
/// forgotten among many others.
struct turned_away {
  std::string from; ///< its address without port
  errc code = errc::none;
  std::string why;
};

} // namespace door_events

} // namespace horde::actors
