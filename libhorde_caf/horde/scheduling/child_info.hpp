// SPDX-License-Identifier: MIT
//
// What is known of children, for people and tools who ask.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "horde/member_id.hpp"
#include "horde/pid.hpp"
#include "horde/supervision/child_spec.hpp"
#include "horde/time.hpp"

namespace horde::scheduling {

/// `placed`: assigned to a member that has not started it yet.
enum class child_state : std::uint8_t {
  placed,
  running,
  restarting,
  quarantined, ///< restarted too often; waits for its back-off
  stopping,
};

constexpr const char* to_string(child_state x) {
  switch (x) {
  case child_state::placed: return "placed";
  case child_state::running: return "running";
  case child_state::restarting: return "restarting";
  case child_state::quarantined: return "quarantined";
  case child_state::stopping: return "stopping";
  }
  return "???";
}

struct child_info {
  std::string id;
  std::string type;
  horde::pid pid; ///< none unless running
  member_id member;
  child_state state{};
  child_kind kind{};
  restart when{};
  std::uint64_t attempt = 0; ///< starts so far; the fencing token
  std::string problem;       ///< why nobody may run it now; usually empty
  std::uint64_t crashes = 0; ///< so far
  std::string last_end;      ///< why it ended the last time; empty: never
  wall_time started{};       ///< only while it runs; by its member's clock
  wall_time next_start{};    ///< only while it waits in quarantine

  friend bool operator==(const child_info&, const child_info&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record(
      "horde::child_info", field("id", x.id), field("type", x.type),
      field("pid", x.pid), field("member", x.member), field("state", x.state),
      field("kind", x.kind), field("restart", x.when),
      field("attempt", x.attempt), field("problem", x.problem),
      field("crashes", x.crashes), field("last_end", x.last_end),
      field("started", x.started), field("next_start", x.next_start));
  }
};

/// Horde row S32: workers and supervisors include those not running now.
struct child_counts {
  std::uint64_t specs = 0;
  std::uint64_t active = 0;
  std::uint64_t workers = 0;
  std::uint64_t supervisors = 0;

  friend bool operator==(const child_counts&, const child_counts&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::child_counts", field("specs", x.specs),
                       field("active", x.active), field("workers", x.workers),
                       field("supervisors", x.supervisors));
  }
};

} // namespace horde::scheduling
