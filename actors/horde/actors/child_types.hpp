// SPDX-License-Identifier: MIT
//
// The table of child types of a node: a closure cannot cross a node border, so
// a child is the name of a factory plus arguments.

#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/error.hpp>
#include <caf/message.hpp>

#include "horde/actors/caf_compat.hpp"
#include "horde/actors/hand_off_messages.hpp"

namespace horde {

/// What a factory gets.
struct child_start {
  caf::actor_system& sys;
  std::string id;
  caf::message args;
  std::uint64_t attempt =
    1; ///< starts so far, this one included; fencing token
  /// What its last copy gave, if it moved; so it is there before any message.
  std::optional<handed_state> state{};
  bool detached = false; ///< the spec asks for a thread of its own
};

/// The child runs; `info` goes to whoever started it.
struct child_runs {
  caf::actor child;
  caf::message info{};
  /// To be set by who used `child_start::state`. Otherwise the child began
  /// anew, and its last end says why.
  bool took_state = false;
  std::string refused_because = "its child type took none";
};

/// `self->quit(passive())`: the child stops until somebody needs it. It stays
/// wanted, and is started again by `activate_child` or a start of its id. What
/// it is to know then it has to save itself.
inline caf::error passive() {
  return to_error({errc::passive, "idle"});
}

/// The child is not to run: it is forgotten, without being an error.
struct child_ignored {};

/// What a factory says. It may block, throw or hang: it runs in a thread of its
/// own, never in the supervisor.
using child_outcome = std::variant<child_runs, child_ignored, caf::error>;
using child_factory = std::function<child_outcome(const child_start&)>;

/// By name. Types that are not in here are looked up among those that were
/// added with CAF's `add_actor_type`.
using child_types = std::map<std::string, child_factory>;

} // namespace horde
