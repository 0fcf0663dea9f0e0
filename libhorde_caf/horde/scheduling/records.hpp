// SPDX-License-Identifier: MIT
//
// What the shared map holds of a child: `wanted` (that it should run, and how
// it is started) and `placed` (where it runs). Values arrive from peers;
// `decode_*` yields nothing for bytes that are not exactly one sane record.

#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "horde/codec.hpp"
#include "horde/crdt/dot.hpp"
#include "horde/scheduling/child_info.hpp"
#include "horde/scheduling/reason.hpp"
#include "horde/supervision/restart_history.hpp"

namespace horde::scheduling {

/// One call of `start_child`, on whichever member it ends up: a retry has the
/// same id, so that it is answered with its own result.
struct request_id {
  replica_id asker{};
  std::uint64_t number = 0;

  friend auto operator<=>(const request_id&, const request_id&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::scheduling::request_id", field("asker", x.asker),
                       field("number", x.number));
  }
};

/// Written by a start; erased by a terminate and by a child that ended for
/// good.
struct wanted_record {
  supervision::child_spec spec;
  request_id started_by;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::scheduling::wanted", field("spec", x.spec),
                       field("started_by", x.started_by));
  }
};

/// A larger fencing token is no sane one: it could not grow any more.
inline constexpr std::uint64_t max_attempt = 0xffff'ffff;

/// Written by members only: by the one it names, or by one that hands over.
struct placed_record {
  member_id member;
  replica_id replica{};
  horde::pid pid; ///< the life of the member's node; no actor unless running
  std::uint64_t attempt = 0;
  child_state state{};
  request_id started_by;
  supervision::restart_memory memory; ///< so that quarantine follows the child
  std::string info; ///< what the factory told the caller of the first start
  std::uint32_t crashes = 0; ///< so far
  std::string last_end{};    ///< why it ended or did not start, the last time
  /// Wall time in ns: since when it runs, or until when it waits in quarantine;
  /// else 0.
  std::uint64_t since = 0;

  friend bool operator==(const placed_record&, const placed_record&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::scheduling::placed", field("member", x.member),
                       field("replica", x.replica), field("pid", x.pid),
                       field("attempt", x.attempt), field("state", x.state),
                       field("started_by", x.started_by),
                       field("memory", x.memory), field("info", x.info),
                       field("crashes", x.crashes),
                       field("last_end", x.last_end), field("since", x.since));
  }
};

/// It waits for its back-off; not so if it shows `quarantined` while it is
/// being started again.
inline bool is_waiting(const placed_record& x) {
  return x.state == child_state::quarantined && x.since != 0;
}

/// Somebody released it from quarantine; its member has not started it yet.
inline bool is_released(const placed_record& x) {
  return x.state == child_state::placed
         && x.memory == supervision::restart_memory{};
}

inline constexpr const char* node_ended = "its node ended";
inline constexpr const char* member_left = "its member left";
inline constexpr const char* moved_away = "it was moved";

/// Why it ended when it moves. What waited in quarantine had ended before.
inline std::string end_by_move(const placed_record& x, const char* why) {
  return x.state == child_state::quarantined ? x.last_end : why;
}

/// Also nothing for the record of another child than `id`.
inline std::optional<wanted_record> decode_wanted(std::string_view bytes,
                                                  std::string_view id) {
  auto result = from_bytes<wanted_record>(bytes);
  if (result
      && (id.empty() || result->spec.id != id
          || supervision::validate(result->spec)))
    return std::nullopt;
  return result;
}

inline std::optional<placed_record> decode_placed(std::string_view bytes) {
  auto result = from_bytes<placed_record>(bytes);
  if (result
      && (result->state > child_state::stopping || result->attempt > max_attempt
          || result->last_end.size() > max_end_bytes))
    return std::nullopt;
  return result;
}

} // namespace horde::scheduling
