// SPDX-License-Identifier: MIT
//
// What the two halves of the door's thread share: those who were dialed and
// those who dial. Also the counters, which any thread may read.

#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "horde/actors/door/config.hpp"
#include "horde/actors/door/courier.hpp"
#include "horde/actors/door/events.hpp"
#include "horde/actors/door/gauge.hpp"
#include "horde/actors/door/handshake.hpp"
#include "horde/actors/door/tie_break.hpp"
#include "horde/actors/door/wire.hpp"

namespace horde::actors {

/// The counters of a door. From any thread.
class tally {
public:
  void add(std::uint64_t door_counters::*what) {
    std::lock_guard lock{guard_};
    ++(counts_.*what);
  }
  void set(std::uint64_t door_counters::*what, std::size_t value) {
    std::lock_guard lock{guard_};
    counts_.*what = value;
  }
  door_counters read() const {
    std::lock_guard lock{guard_};
    return counts_;
  }

private:
  mutable std::mutex guard_;
  door_counters counts_;
};

namespace door_events {

/// A connection is through: for the part of the door that knows CAF.
struct admitted {
  link_id link = 0;
  node_id peer;
  peer_role role = peer_role::member;
  std::uint8_t version = 0; ///< both speak it
  endpoint where;
  bool dialed = false;
  /// The link it takes over: to be cut, and told as lost, before the new one
  /// is used. It gets no `link_lost` here.
  std::optional<link_id> stale;
  wire line;
  std::string secret;         ///< for the datagrams of this link
  std::optional<address> way; ///< for them, if we dialed
};

} // namespace door_events

using porter_event =
  std::variant<door_events::admitted, door_events::dial_failed,
               door_events::already_linked, door_events::link_lost,
               door_events::turned_away, door_events::datagram>;

/// Used in the door's thread only, except for the counters.
struct lobby {
  introduction self;
  /// Replaced as a whole; a handshake ends with those it began with.
  std::shared_ptr<const door_keys> keys;
  std::shared_ptr<const tls_setup> tls; ///< none: plain
  duration timeout;
  std::size_t max_pending = 0;
  std::shared_ptr<tally> counts;
  std::function<void(porter_event)> tell;
  tie_break ties;
  bool closing = false;
  std::shared_ptr<courier> post;
  std::shared_ptr<link_gauges> gauges;

  lobby(introduction me, const door_config& config,
        std::shared_ptr<tally> counters, std::function<void(porter_event)> sink)
      : self(std::move(me)), tls(choose_tls(config)),
        timeout(config.handshake_timeout), max_pending(config.max_pending),
        counts(std::move(counters)), tell(std::move(sink)),
        ties(self.node, self.role) {
    use_secrets(all_secrets(config));
  }

  /// For handshakes that begin from now on.
  void use_secrets(const std::vector<std::string>& x);

  /// A connection whose handshake begins.
  wire make_line(unique_fd fd, tls_side side) const;

  /// Counts, opens the way for datagrams, tells.
  void admit(door_events::admitted x);

  /// What `admit` opened. Returns why the link ended.
  link_end close(link_id link);

private:
  static std::shared_ptr<const tls_setup> choose_tls(const door_config& x);
};

/// Unique in this process, also as CAF's connection handle: far above all
/// descriptor numbers, which CAF uses for its own.
link_id next_link_id();

/// Fresh random bytes for one handshake.
nonce make_nonce();

} // namespace horde::actors
