// SPDX-License-Identifier: MIT
//
// The heartbeats between us and one linked peer. In: its beats, and when bytes
// of it came in over the link. Out: the beats for it, and whether it is silent.
//
// Beats are small datagrams beside the link, so they never queue behind
// payload. Each says which of the peer's datagrams came in last, and how long
// ago; so each side knows whether its own get through, and the round trip.
// While they do not (many firewalls pass TCP only), beats go over the link,
// too: there they may queue behind payload, but then the payload itself shows
// that the peer lives.
//
// How long a silence must be follows what was observed, as TCP's timer does
// (Jacobson 1988): mean gap between beats and four mean deviations, but not
// less than configured.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "horde/fields.hpp"
#include "horde/membership/cluster_config.hpp"
#include "horde/time.hpp"

namespace horde::membership {

/// What one node tells another again and again. Who says it is known from how
/// it came.
struct beat {
  std::uint64_t number = 0; ///< of this link and direction; 0: not yet linked
  std::uint64_t heard = 0;  ///< newest of the peer's that came as a datagram
  duration held{};          ///< between that and this

  friend bool operator==(const beat&, const beat&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::membership::beat", field("number", x.number),
                       field("heard", x.heard), field("held", x.held));
  }
};

class pulse {
public:
  /// A link just began, which is a sign of life.
  pulse(const cluster_config& cfg, instant now);

  // -- what we hear ----------------------------------------------------------

  /// Requires: it came over this link, or as a datagram with its key. Late and
  /// repeated ones are harmless.
  void heard(const beat& x, bool by_datagram, instant now);

  /// Bytes came in over the link at that time.
  void heard_link(instant at);

  /// We ourselves did not run for so long: nobody could be heard.
  void forgive(duration late, instant now);

  instant last_heard() const { return last_heard_; }

  /// The same, with nothing forgiven.
  instant last_sign() const { return last_sign_; }

  /// Nothing was heard for so long that something must be wrong.
  bool is_silent(instant now) const { return silent_at() <= now; }
  instant silent_at() const { return last_heard_ + suspect_after(); }

  /// For how long nothing may be heard of it, by anybody, before it is given
  /// up.
  duration down_after() const;

  /// Round trip of a datagram, smoothed (Jacobson 1988), without the time that
  /// the peer held it. Nothing until one is confirmed.
  std::optional<duration> round_trip() const { return round_trip_; }

  // -- what we say -----------------------------------------------------------

  /// When the next beat is due. All peers' beats are due at the same instants.
  instant due() const { return due_; }

  /// The next beat. Requires: one is due.
  beat next(instant now);

  /// True if datagrams do not get through, as far as known.
  bool is_over_link() const;

private:
  void measure(const beat& x, instant now);
  duration suspect_after() const;
  /// The gap between beats that is hardly ever exceeded.
  duration usual_gap() const;

  cluster_config cfg_;
  instant last_heard_;
  instant last_sign_;
  instant last_datagram_;
  duration gap_mean_;
  duration gap_deviation_{};
  std::uint64_t newest_ = 0; ///< of its datagrams
  instant newest_at_{};
  std::uint64_t sent_ = 0;      ///< number of our newest beat
  std::uint64_t confirmed_ = 0; ///< newest of ours that it had as a datagram
  std::array<instant, 16> sent_at_{}; ///< by number
  std::optional<duration> round_trip_;
  instant due_;
};

} // namespace horde::membership
