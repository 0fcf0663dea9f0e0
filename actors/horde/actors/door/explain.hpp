// SPDX-License-Identifier: MIT
//
// Says in one sentence why two nodes did not get together, for the side that
// dialed and for the side that was dialed.

#pragma once

#include <optional>
#include <string>

#include "horde/actors/door/events.hpp"
#include "horde/actors/door/handshake.hpp"
#include "horde/endpoint.hpp"
#include "horde/errc.hpp"
#include "horde/time.hpp"

namespace horde::actors {

/// `peer` is what the other side said about itself, if anything.
failure explain_dial(const endpoint& to, verdict x, const introduction& self,
                     const std::optional<introduction>& peer);

/// The same, seen from the side that was dialed.
failure explain_caller(const std::string& from, verdict x,
                       const introduction& self,
                       const std::optional<introduction>& peer);

/// `3 s`, `250 ms`.
std::string describe(duration x);

} // namespace horde::actors
