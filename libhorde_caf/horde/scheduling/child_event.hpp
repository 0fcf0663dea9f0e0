// SPDX-License-Identifier: MIT
//
// What happens to children, as every member tells it.

#pragma once

#include <cstdint>
#include <string>

#include "horde/member_id.hpp"
#include "horde/pid.hpp"
#include "horde/time.hpp"

namespace horde {

enum class child_change : std::uint8_t {
  started,     ///< it runs for the first time, as far as this member knows
  crashed,     ///< it ended by an error, or could not be started again
  restarted,   ///< it runs again, on the same member
  moved,       ///< it runs again, on another member
  quarantined, ///< it ended too often: it waits for its back-off
  released,    ///< it waits no more and is being started
  ended,       ///< it is gone for good
};

constexpr const char* to_string(child_change x) {
  switch (x) {
  case child_change::started: return "started";
  case child_change::crashed: return "crashed";
  case child_change::restarted: return "restarted";
  case child_change::moved: return "moved";
  case child_change::quarantined: return "quarantined";
  case child_change::released: return "released";
  case child_change::ended: return "ended";
  }
  return "???";
}

struct child_event {
  child_change what{};
  std::string id;
  std::string type;
  member_id member; ///< where it runs, ran or waits
  horde::pid pid;   ///< that runs, or ended; none if there was none
  std::uint64_t attempt = 0;
  std::string reason;
  wall_time at{}; ///< by the clock of `member` if that wrote it

  friend bool operator==(const child_event&, const child_event&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::child_event", field("what", x.what),
                       field("id", x.id), field("type", x.type),
                       field("member", x.member), field("pid", x.pid),
                       field("attempt", x.attempt), field("reason", x.reason),
                       field("at", x.at));
  }
};

/// How many of each kind a member has told or would have told, since it began.
struct child_event_counts {
  std::uint64_t started = 0;
  std::uint64_t crashed = 0;
  std::uint64_t restarted = 0;
  std::uint64_t moved = 0;
  std::uint64_t quarantined = 0;
  std::uint64_t released = 0;
  std::uint64_t ended = 0;

  friend bool operator==(const child_event_counts&,
                         const child_event_counts&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::child_event_counts", field("started", x.started),
                       field("crashed", x.crashed),
                       field("restarted", x.restarted), field("moved", x.moved),
                       field("quarantined", x.quarantined),
                       field("released", x.released), field("ended", x.ended));
  }
};

} // namespace horde
