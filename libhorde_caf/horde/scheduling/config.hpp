// SPDX-License-Identifier: MIT
//
// The settings of a distributed supervisor, with their defaults.

#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "horde/errc.hpp"
#include "horde/membership/roster.hpp"
#include "horde/placement/uniform.hpp"
#include "horde/scheduling/lease_config.hpp"
#include "horde/scheduling/start_gate.hpp"
#include "horde/supervision/child_spec.hpp"
#include "horde/supervision/restart_history.hpp"
#include "horde/sync/replica.hpp"

namespace horde::scheduling {

/// When members come, do children move to them that run well elsewhere (Horde's
/// `process_redistribution`)?
enum class redistribution : std::uint8_t { passive, active };

constexpr const char* to_string(redistribution x) {
  switch (x) {
  case redistribution::passive: return "passive";
  case redistribution::active: return "active";
  }
  return "???";
}

/// Half of what the front door lets through in one frame.
inline constexpr std::size_t most_state_bytes = 8 * 1024 * 1024;

struct config {
  membership::roster_config roster;
  sync::config sync;
  /// Keeps the records of children, so that they come back after a restart of
  /// all who knew them. None: they do not.
  std::shared_ptr<sync::storage> store;
  placement::strategy_factory make_strategy = placement::make_uniform;
  lease_config lease;        ///< if the strategy needs quorum
  unsigned max_restarts = 3; ///< per child (S53) ...
  duration max_seconds = std::chrono::seconds{5}; ///< ... in this time
  /// OTP's classic limit: of all children here together. Beyond it the member
  /// hands its children over and ends. None: it never does.
  std::optional<unsigned> member_max_restarts{};
  duration member_max_seconds = std::chrono::seconds{5}; ///< ... in this time
  duration backoff_first = std::chrono::seconds{1}; ///< quarantine, doubling
  duration backoff_at_most = std::chrono::minutes{5};
  /// Of a whole start_child; more if the spec's start_timeout needs it.
  duration start_deadline = std::chrono::seconds{15};
  duration forward_retry = std::chrono::seconds{1}; ///< then choose again
  unsigned max_hops = 4;                            ///< of a forwarded start
  duration replicate_at_most = std::chrono::seconds{5}; ///< wait for one ack
  /// Of starts that do not say; never `standard`. And of the end of children.
  start_ack ack = start_ack::replicated;
  /// Of a terminate, beyond the time that the child's shutdown takes.
  duration terminate_deadline = std::chrono::seconds{15};
  duration review_every = std::chrono::seconds{5}; ///< slow timer, jittered
  /// Half a child (`wanted` without `placed`, an unknown owner) may be one that
  /// is still arriving; after this time it is taken as it is.
  duration settle_after = std::chrono::seconds{5};
  /// A member that was forgotten decides nothing about its children before it
  /// knows what the others want, at most so long.
  duration catch_up_at_most = std::chrono::seconds{30};
  /// A member that is known from the map alone, as after a restart of all, and
  /// is not met within this time counts as down.
  duration absent_after = std::chrono::seconds{10};
  /// Who stops or is removed kills children that are left after this time. A
  /// factory that still runs then has its start_timeout. None: never.
  std::optional<duration> drain_timeout{};
  scheduling::redistribution redistribution = redistribution::passive;
  /// If it is active: so long after the last member came.
  duration rebalance_after = std::chrono::seconds{2};
  scheduling::place_after place_after{}; ///< after a start
  /// Children that must exist: started whenever they are not wanted.
  std::vector<supervision::child_spec> default_children{};
  std::size_t max_moves = 16; ///< under way from one member, in a rebalance
  /// Of the state that a child gives before it moves. Takes at most 8 MiB.
  std::size_t max_state_bytes = 1024 * 1024;
  /// Children of this member whose states are asked for or kept at a time;
  /// others move after them.
  std::size_t max_hand_offs = 64;
  duration export_within = std::chrono::seconds{5}; ///< then it moves without
  duration fetch_within = std::chrono::seconds{5};  ///< then it starts without
  /// How long a state is kept for a child that does not start.
  duration keep_state_for = std::chrono::seconds{30};
  std::size_t review_slice = 4096;      ///< children reviewed in one step
  std::size_t max_children = 1'000'000; ///< per member; takeovers may exceed it
  /// Of all members; more may come about by starts at the same time elsewhere.
  std::size_t max_children_of_horde = std::numeric_limits<std::size_t>::max();
  std::size_t max_spec_bytes = 256 * 1024;
  std::size_t max_requests = 100'000;  ///< starts and terminates under way
  std::size_t max_remembered = 16'384; ///< results and ends of late requests
  std::size_t max_remembered_bytes = 16 * 1024 * 1024; ///< of these results
};

/// What is wrong with the limits of restarts and children.
std::optional<failure> validate_limits(const config& cfg);

/// What is wrong with the default children.
std::optional<failure> validate_default_children(const config& cfg);

/// Why there can be no such singleton with this strategy, if it is one.
std::optional<failure> validate_singleton(const supervision::child_spec& spec,
                                          const placement::strategy& strategy);

/// What is wrong with the settings; names the option and what it takes.
inline std::optional<failure> validate(const config& cfg) {
  if (auto problem = horde::validate(cfg.roster.traits))
    return problem;
  if (cfg.max_moves == 0)
    return failure{errc::bad_option, "max_moves = 0: takes 1 or more"};
  if (cfg.max_hand_offs == 0)
    return failure{errc::bad_option, "max_hand_offs = 0: takes 1 or more"};
  if (cfg.max_state_bytes > most_state_bytes)
    return failure{errc::bad_option,
                   "max_state_bytes = " + std::to_string(cfg.max_state_bytes)
                     + ": takes at most 8 MiB"};
  if (auto problem = validate(cfg.lease))
    return problem;
  if (auto problem = validate_limits(cfg))
    return problem;
  if (auto problem = validate_default_children(cfg))
    return problem;
  auto limit = sync::longest_value(cfg.sync);
  if (cfg.max_spec_bytes > 0 && cfg.max_spec_bytes <= limit)
    return std::nullopt;
  return failure{errc::bad_option,
                 "max_spec_bytes takes 1 to " + std::to_string(limit)
                   + ", a sixteenth of sync.max_message_bytes; it is "
                   + std::to_string(cfg.max_spec_bytes)};
}

inline supervision::restart_limits limits_of(const config& cfg) {
  return {cfg.max_restarts, cfg.max_seconds, cfg.backoff_first,
          cfg.backoff_at_most};
}

} // namespace horde::scheduling
