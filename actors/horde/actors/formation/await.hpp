// SPDX-License-Identifier: MIT
//
// Waiting within a lookup: for a descriptor, with a deadline, until the
// topology is stopped.

#pragma once

#include <optional>

#include "horde/actors/door/socket.hpp"
#include "horde/actors/formation/strategy.hpp"

namespace horde::formation {

/// How long a call of `poll` may take so that it is over at `until`.
int poll_time(instant until);

/// Nothing: `fd` has one of `events` or an error. Fails with `timeout` at
/// `until`, and with `shutting_down` when stopped. A wake-up does not end it,
/// and stays.
std::optional<failure> await(int fd, short events, instant until, waker& by);

/// The same for what a host means. A name service that does not answer costs a
/// thread until it gives up.
actors::addresses await_addresses(const endpoint& x, instant until, waker& by);

} // namespace horde::formation
