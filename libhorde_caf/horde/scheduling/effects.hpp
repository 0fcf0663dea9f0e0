// SPDX-License-Identifier: MIT
//
// What the scheduler asks of the world, and how a start ends.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "horde/crdt/dot.hpp"
#include "horde/errc.hpp"
#include "horde/pid.hpp"
#include "horde/scheduling/child_event.hpp"
#include "horde/supervision/child_spec.hpp"

namespace horde::scheduling {

/// Names a caller or a start within this process.
using token = std::uint64_t;

/// How a start ended well.
struct started {
  std::string id;
  horde::pid pid;
  std::string info; ///< encoded; empty unless the factory gave some

  friend bool operator==(const started&, const started&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::scheduling::started", field("id", x.id),
                       field("pid", x.pid), field("info", x.info));
  }
};

/// The factory said that this child is not to run (S26, S29).
struct ignored {
  friend bool operator==(const ignored&, const ignored&) = default;
};

/// `pid` is none while the child is being restarted or moved.
struct already_started {
  std::string id;
  horde::pid pid;

  friend bool operator==(const already_started&,
                         const already_started&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::scheduling::already_started", field("id", x.id),
                       field("pid", x.pid));
  }
};

using start_result = std::variant<started, ignored, already_started, failure>;

/// The state that a child gave before it moved.
using state_bytes = std::shared_ptr<const std::string>;

/// Run the factory; answer with `child_started` or `child_not_started`. Each
/// start has a token of its own.
struct start_child {
  token start = 0;
  supervision::child_spec spec;
  std::uint64_t attempt = 1;
  state_bytes state{}; ///< of its last copy; null: it begins anew
};

/// Ask a running child for its state; answer with `state_exported`. All
/// messages to it before this one count in, and none after it may reach it by a
/// name. It is stopped next, answer or not.
struct export_state {
  token start = 0;
};

/// The result of this start is not wanted any more. It is still answered, once:
/// with `child_not_started` if nothing runs, with `child_exited` when what it
/// started has been stopped and has ended. (`child_started` is fine too: it is
/// answered with `stop_child`.) Nothing else is started for this child before.
struct abandon_start {
  token start = 0;
};

/// Stop a running child by its policy; answer with `child_exited`.
struct stop_child {
  token start = 0; ///< the one that started it
  shutdown_policy how;
  std::string why; ///< for the exit reason
};

/// Give a running child the state of a copy that ended.
struct merge_child {
  token start = 0;
  state_bytes state;
};

/// What was asked for its state runs as `pid` now, or (none) nobody knows where
/// or whether it does. Follows each `export_state`, once.
struct moved {
  token start = 0; ///< the one that was asked
  horde::pid pid;
};

/// Tell the local caller how its start ended.
struct answer_start {
  token caller = 0;
  start_result result;
};

/// Tell the local caller how its terminate ended; nothing: ok.
struct answer_terminate {
  token caller = 0;
  std::optional<failure> problem;
};

/// Bytes for another member: pushed deltas, reconciliation or operations.
struct send {
  replica_id to{};
  std::shared_ptr<const std::string> bytes;
};

/// All children moved or stopped after `drain`.
struct drained {};

/// Too many restarts here: the member drains, and is to end when it has.
struct gave_up {
  std::string why;
};

/// This member was taken for dead, and writes under a new id from now on. All
/// its peers must be made known to it again, and it to them. Its children run
/// on until it knows what the others have decided about them.
struct renewed {
  replica_id id{};
};

/// Also `child_event`: tell it to who listens.
using effect =
  std::variant<start_child, abandon_start, stop_child, export_state, moved,
               merge_child, answer_start, answer_terminate, send, drained,
               gave_up, renewed, child_event>;
using effects = std::vector<effect>;

} // namespace horde::scheduling
