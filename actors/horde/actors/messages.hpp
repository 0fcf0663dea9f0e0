// SPDX-License-Identifier: MIT
//
// Read first: every message that users, tools and other nodes send to the
// actors of this library, and what each is answered with. All are plain structs
// that print and ship. The value handles (`registry.hpp`,
// `dynamic_supervisor.hpp`, `node.hpp`) send the very same messages or call the
// same functions.
//
// A request fails with a `caf::error` whose code is a `horde::errc`; its text
// names the thing. Give every request a finite timeout.

#pragma once

#include "horde/actors/hand_off_messages.hpp"
#include "horde/actors/lock_messages.hpp"
#include "horde/actors/member_messages.hpp"
#include "horde/actors/node_messages.hpp"
#include "horde/actors/registry_messages.hpp"
#include "horde/actors/supervisor_messages.hpp"
