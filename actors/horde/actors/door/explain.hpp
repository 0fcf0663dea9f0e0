// SPDX-License-Identifier: MIT
//
// Says in one sentence why two nodes did not get together, for the side that
// dialed and for the side that was dialed.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "horde/actors/door/events.hpp"
#include "horde/actors/door/handshake.hpp"
#include "horde/actors/door/tls_session.hpp"
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

/// Why a dial, or a caller, did not get through TLS.
failure explain_tls_dial(const endpoint& to, const tls_session& x);
failure explain_tls_caller(const std::string& from, const tls_session& x);

/// The nearest to it of what the handshake may say.
verdict verdict_of(tls_problem x);

/// What the certificate of a node may be made out to: its name, the host in its
/// name (`host:port`), or the host that it was reached at or came from.
std::vector<std::string> names_of(const node_id& x, const std::string& host);

/// `3 s`, `250 ms`.
std::string describe(duration x);

} // namespace horde::actors
