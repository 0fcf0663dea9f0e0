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

/// When `start_child` is answered: when the child runs, or when one other
/// member, if any can be reached, has its record too, so that the child
/// survives the death of any node. `standard`: as the supervisor's options say.
enum class start_ack : std::uint8_t { standard, local, replicated };

constexpr const char* to_string(start_ack x) {
  switch (x) {
  case start_ack::standard: return "standard";
  case start_ack::local: return "local";
  case start_ack::replicated: return "replicated";
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

/// What a spec describes: one child of the horde, or that each member runs a
/// copy, which is a child with an id of its own. Users never ask for a `copy`.
enum class child_scope : std::uint8_t { horde, each_member, copy };

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
  child_scope scope = child_scope::horde;
  bool singleton = false; ///< only where no two copies can ever run
  /// It is asked for its state before it moves, which its next copy gets.
  bool hand_off = false;
  /// Of two copies, as after a cut, the one that ends is asked for its state,
  /// which the other gets.
  bool merges = false;
  bool ready = false;    ///< it runs once it says so
  bool detached = false; ///< it gets a thread of its own

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
                       field("restart_on_failover", x.restart_on_failover),
                       field("scope", x.scope), field("singleton", x.singleton),
                       field("hand_off", x.hand_off), field("merges", x.merges),
                       field("ready", x.ready), field("detached", x.detached));
  }
};

/// It ends with its node, or as its member leaves.
inline bool ends_with_its_node(const child_spec& x) {
  return (x.when == restart::temporary && !x.restart_on_failover)
         || x.scope == child_scope::copy;
}

/// Of the copy that the member on this node runs.
inline std::string copy_id(std::string_view id, std::string_view node) {
  return std::string{id} + '@' + std::string{node};
}

/// What a child is placed by.
inline std::string_view placement_key(std::string_view id,
                                      std::string_view key) {
  return key.empty() ? id : key;
}

/// Limit of `id`, `type` and `placement_key`: they travel with every record.
inline constexpr std::size_t max_name_bytes = 1024;

/// Limit of an id whose copies have the names of nodes in theirs.
inline constexpr std::size_t max_copied_id_bytes = 512;

/// Limit of `start_timeout` and of a timed shutdown: deadlines are computed
/// from them, and a caller is to be answered some day.
inline constexpr duration longest_wait = std::chrono::hours{24};

/// What is wrong with a spec; names the field and what it takes.
std::optional<failure> validate(const child_spec& spec);

/// Also its size, which `limit` is called `max_spec_bytes` of.
std::optional<failure> validate(const child_spec& spec, std::size_t limit);

/// How a child ended. `clean`: normal or asked to stop; `passive`: until it is
/// activated; everything else is a crash.
enum class exit_kind : std::uint8_t { clean, crash, passive };

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
