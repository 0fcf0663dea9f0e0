// SPDX-License-Identifier: MIT
//
// The datagrams beside a link, bytes in and bytes out: no sockets, no clock.
//
//   "HODG" version(1) life of the sender(16) tag(8) number(8) payload(0..1024)
//   HMAC(K, all before) cut to 16 bytes        integers are little endian
//
// K is the secret of the link, fresh with each connection and the same at both
// ends; the tag is derived from it and tells the receiver which link it is. The
// sender's life keeps a datagram from being sent back to where it came from,
// the number from being played again.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "horde/actors/door/events.hpp"
#include "horde/node_id.hpp"
#include "horde/replay_window.hpp"

namespace horde::actors {

/// What a datagram has beside its payload.
inline constexpr std::size_t datagram_frame_size = 53;
inline constexpr std::size_t max_datagram_size =
  datagram_frame_size + max_datagram_payload;

/// Names a link on the wire. Strangers cannot guess it.
using link_tag = std::uint64_t;

/// The tag of what may be a datagram, by its size and its first bytes. Nothing
/// if it cannot be one.
std::optional<link_tag> tag_of(std::string_view bytes);

/// One end of one link.
class datagram_seal {
public:
  datagram_seal(std::string_view secret, const incarnation& self,
                const incarnation& peer);

  link_tag tag() const { return tag_; }

  /// Requires: at most `max_datagram_payload` bytes.
  std::string seal(std::string_view payload);

  struct opened {
    std::string_view payload; ///< in the bytes given
    bool is_newest = false;   ///< no later one came before
  };

  /// Nothing unless the peer sent exactly these bytes, for this link, and they
  /// did not come before. Allocates nothing, and checks the proof last.
  /// Requires: `tag_of` has found our tag.
  std::optional<opened> open(std::string_view bytes);

private:
  std::string secret_;
  incarnation self_;
  incarnation peer_;
  link_tag tag_;
  std::uint64_t last_sent_ = 0;
  replay_window came_;
};

} // namespace horde::actors
