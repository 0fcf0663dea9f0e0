// SPDX-License-Identifier: MIT
//
// Messages that are passed on to a process of another node, by the member that
// runs there.

#pragma once

#include <optional>
#include <string>

#include "horde/actors/caf_compat.hpp"
#include "horde/pid.hpp"

namespace horde::actors {

/// Why `content` cannot be sent to `whom`, a process of another node:
/// `unknown_type`, `too_large`. CAF would drop, cut off or choke on what it
/// cannot ship, and say nothing.
std::optional<failure> check_shipping(caf::actor_system& sys,
                                      const std::string& whom,
                                      const caf::message& content);

/// As the member on the node of `who` takes it.
caf::message passed_on(const pid& who, caf::message content, bool is_request);

} // namespace horde::actors
