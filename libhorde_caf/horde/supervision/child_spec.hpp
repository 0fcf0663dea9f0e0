// SPDX-License-Identifier: MIT
//
// What a child is: how to start it, when to start it again and how to stop it
// (OTP's child specification; Horde rows S20, S50-S63).

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "horde/constraints.hpp"
#include "horde/errc.hpp"
#include "horde/fields.hpp"
#include "horde/time.hpp"

namespace horde {

/// When a child that ended is started again: always, after a crash, never.
enum class restart : std::uint8_t { permanent, transient, temporary };

constexpr const char* to_string(restart x) {
  switch (x) {
  case restart::permanent: return "permanent";
  case restart::transient: return "transient";
  case restart::temporary: return "temporary";
  }
  return "???";
}

enum class child_kind : std::uint8_t { worker, supervisor };

constexpr const char* to_string(child_kind x) {
  switch (x) {
  case child_kind::worker: return "worker";
  case child_kind::supervisor: return "supervisor";
  }
  return "???";
}

/// How a child is stopped: killed at once, asked and killed after a time, or
/// asked and waited for. `standard`: as OTP does if nothing is said, see
/// `for_kind`.
enum class shutdown_kind : std::uint8_t {
  brutal_kill,
  timed,
  infinity,
  standard,
};

constexpr const char* to_string(shutdown_kind x) {
  switch (x) {
  case shutdown_kind::brutal_kill: return "brutal_kill";
  case shutdown_kind::timed: return "timed";
  case shutdown_kind::infinity: return "infinity";
  case shutdown_kind::standard: return "standard";
  }
  return "???";
}

struct shutdown_policy {
  shutdown_kind kind = shutdown_kind::standard;
  duration grace = std::chrono::seconds{5}; ///< only for `timed`

  friend bool operator==(const shutdown_policy&,
                         const shutdown_policy&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::shutdown_policy", field("kind", x.kind),
                       field("grace", x.grace));
  }
};

/// What `standard` means: supervisors are waited for, workers 5 s (S20).
constexpr shutdown_policy for_kind(shutdown_policy x, child_kind kind) {
  if (x.kind != shutdown_kind::standard)
    return x;
  if (kind == child_kind::supervisor)
    return {shutdown_kind::infinity, {}};
  return {shutdown_kind::timed, std::chrono::seconds{5}};
}

namespace supervision {

/// A child spec as the core and the wire have it: arguments are opaque bytes.
struct child_spec {
  std::string id;   ///< unique in the horde; made at the entry when empty
  std::string type; ///< name of a child type
  std::string args; ///< encoded arguments
  restart when = restart::permanent;
  shutdown_policy shutdown = for_kind({}, child_kind::worker);
  child_kind kind = child_kind::worker;
  duration start_timeout = std::chrono::seconds{10};
  std::string placement_key; ///< empty: the id
  constraints place{};       ///< where it may run
  bool movable = true;       ///< false: a rebalance leaves it where it is
  /// A temporary child, too, goes on elsewhere when its node ends or its member
  /// leaves; the others do so anyway.
  bool restart_on_failover = false;

  friend bool operator==(const child_spec&, const child_spec&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::supervision::child_spec", field("id", x.id),
                       field("type", x.type), field("args", x.args),
                       field("restart", x.when), field("shutdown", x.shutdown),
                       field("kind", x.kind),
                       field("start_timeout", x.start_timeout),
                       field("placement_key", x.placement_key),
                       field("place", x.place), field("movable", x.movable),
                       field("restart_on_failover", x.restart_on_failover));
  }
};

/// It ends with its node.
constexpr bool ends_with_its_node(restart when, bool restart_on_failover) {
  return when == restart::temporary && !restart_on_failover;
}

/// What a child is placed by.
inline std::string_view placement_key(std::string_view id,
                                      std::string_view key) {
  return key.empty() ? id : key;
}

/// Limit of `id`, `type` and `placement_key`: they travel with every record.
inline constexpr std::size_t max_name_bytes = 1024;

/// Limit of `start_timeout` and of a timed shutdown: deadlines are computed
/// from them, and a caller is to be answered some day.
inline constexpr duration longest_wait = std::chrono::hours{24};

/// What is wrong with a spec; names the field and what it takes.
std::optional<failure> validate(const child_spec& spec);

/// How a child ended. `clean`: normal or asked to stop; everything else is a
/// crash.
enum class exit_kind : std::uint8_t { clean, crash };

/// OTP's rule.
constexpr bool should_restart(restart when, exit_kind how) {
  switch (when) {
  case restart::permanent: return true;
  case restart::transient: return how == exit_kind::crash;
  case restart::temporary: return false;
  }
  return false;
}

} // namespace supervision
} // namespace horde
