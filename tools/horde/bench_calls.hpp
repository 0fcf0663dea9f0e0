// SPDX-License-Identifier: MIT
//
// Actors that ask another one many times, and what that takes: for a registry
// and for a bare actor that gets the same messages and does nothing.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bench_node.hpp"

namespace horde::tools {

/// Requests answered in a second when an actor of the pool sends
/// `register_self` with each name to `to`, and has at most `outstanding` under
/// way.
double request_rate(caf::actor_system& sys, const caf::actor& to,
                    const std::vector<std::string>& names,
                    std::size_t outstanding);

/// The same messages without an answer, but for one to the last.
double send_rate(caf::actor_system& sys, const caf::actor& to,
                 const std::vector<std::string>& names);

/// The rate of requests of one actor to a bare one.
double bare_request_rate(std::size_t outstanding);

/// The rate of sends to a bare actor.
double bare_send_rate();

} // namespace horde::tools
