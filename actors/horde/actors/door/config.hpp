// SPDX-License-Identifier: MIT
//
// Who stands behind a door, how the door is set up and what it counts. Plain
// data without CAF.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "horde/actors/transport.hpp"
#include "horde/endpoint.hpp"
#include "horde/errc.hpp"
#include "horde/fields.hpp"
#include "horde/node_id.hpp"
#include "horde/time.hpp"

namespace horde::actors {

/// A client (a tool) is authenticated like a member but never becomes one.
enum class peer_role : std::uint8_t { member = 0, client = 1 };

struct door_identity {
  std::string cluster;
  node_id self;
  peer_role role = peer_role::member;
};

class tls_setup;

struct door_config {
  std::optional<endpoint> listen; ///< absent: this door only dials
  /// The one we prove that we know; empty on loopback, or with certificates.
  std::string secret;
  std::vector<std::string> accepted_secrets; ///< callers may know these too
  horde::transport transport = horde::transport::tls;
  std::shared_ptr<const tls_setup> certificates; ///< none: TLS by the secret
  /// For the whole way from connect or accept to the last handshake byte.
  duration handshake_timeout = std::chrono::seconds{3};
  std::size_t max_pending = 1024;             ///< callers not yet authenticated
  std::uint32_t max_frame = 16 * 1024 * 1024; ///< bytes of one BASP payload
  /// Bytes for a peer that the system has not taken; beyond, the link closes.
  std::uint64_t max_unsent = 64 * 1024 * 1024;
};

/// The first option that cannot work, by name and with the reason.
std::optional<failure> validate(const door_config& x);
std::optional<failure> validate(const door_identity& x);

/// Our own first.
std::vector<std::string> all_secrets(const door_config& x);

/// What cannot be used as secrets, the first of them our own.
std::optional<failure> validate_secrets(const std::vector<std::string>& x);

/// Shorter secrets can be guessed by whoever we dial.
inline constexpr std::size_t min_secret_size = 16;
/// Longest cluster or node name in bytes.
inline constexpr std::size_t max_name_size = 255;

/// Totals since the door was opened; `links` and `pending` are current.
struct door_counters {
  std::uint64_t accepted = 0;       ///< connections that came in
  std::uint64_t admitted = 0;       ///< of these: became links
  std::uint64_t refused = 0;        ///< turned away: no proof, other cluster...
  std::uint64_t late = 0;           ///< not through by the deadline
  std::uint64_t evicted = 0;        ///< dropped unproven to make room
  std::uint64_t redundant = 0;      ///< both ends had dialed, this one gave way
  std::uint64_t replaced = 0;       ///< stale links that a new one took over
  std::uint64_t refused_frames = 0; ///< links cut for a frame BASP must not see
  std::uint64_t dials = 0;
  std::uint64_t dial_failures = 0;
  std::uint64_t too_slow = 0; ///< links cut for what the peer did not take
  std::uint64_t datagrams_sent = 0;
  std::uint64_t datagrams_received = 0; ///< proven and new
  std::uint64_t datagrams_refused = 0;  ///< all others
  std::uint64_t links = 0;
  std::uint64_t pending = 0; ///< callers in the middle of the handshake

  friend bool operator==(const door_counters&, const door_counters&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record(
      "horde::actors::door_counters", field("accepted", x.accepted),
      field("admitted", x.admitted), field("refused", x.refused),
      field("late", x.late), field("evicted", x.evicted),
      field("redundant", x.redundant), field("replaced", x.replaced),
      field("refused_frames", x.refused_frames), field("dials", x.dials),
      field("dial_failures", x.dial_failures), field("too_slow", x.too_slow),
      field("datagrams_sent", x.datagrams_sent),
      field("datagrams_received", x.datagrams_received),
      field("datagrams_refused", x.datagrams_refused), field("links", x.links),
      field("pending", x.pending));
  }
};

} // namespace horde::actors
