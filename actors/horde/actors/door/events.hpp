// SPDX-License-Identifier: MIT
//
// What a door tells its owner, as far as no CAF type is in it. `door.hpp` adds
// `accepted` and `dialed` and the variant over all.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "horde/actors/door/config.hpp"
#include "horde/endpoint.hpp"
#include "horde/errc.hpp"
#include "horde/node_id.hpp"

namespace horde::actors {

/// One authenticated connection; unique in this process, never 0.
using link_id = std::uint64_t;

namespace door_events {

/// A dial that led nowhere.
struct dial_failed {
  endpoint to;
  errc code = errc::none;
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
