// SPDX-License-Identifier: MIT
//
// What a node says of itself to whoever listens on its network, and the form of
// the packet around it. Bytes in and bytes out: no keys, no sockets, no clock.
//
//   "HOGO" version(1) key(8) stream(16) number(8)      the head, readable
//   beacon(..)                                         encrypted
//   proof(16)                                          over all of it
//
// A stream is one run of one sender: random bits. It has a key of its own, and
// its packets are numbered from 1, so no two packets are encrypted alike. `key`
// names the secret and the cluster without telling them: packets of others are
// left alone for the price of a comparison.

#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "horde/endpoint.hpp"
#include "horde/node_id.hpp"
#include "horde/random.hpp"
#include "horde/time.hpp"

namespace horde::formation {

struct beacon {
  node_id node;
  endpoint at;    ///< where it listens; an empty host: where this came from
  wall_time sent; ///< in whole milliseconds

  friend bool operator==(const beacon&, const beacon&) = default;
};

using stream_id = std::array<char, 16>;

struct beacon_head {
  std::uint64_t key = 0;
  stream_id stream{};
  std::uint64_t number = 0; ///< from 1 on

  friend bool operator==(const beacon_head&, const beacon_head&) = default;
};

inline constexpr std::size_t beacon_head_size = 37;
inline constexpr std::size_t beacon_proof_size = 16;
/// Longest host and node name in bytes.
inline constexpr std::size_t max_beacon_name = 255;
/// Fits into one frame of every network.
inline constexpr std::size_t max_beacon_packet = 1200;

std::string to_bytes(const beacon_head& x);

/// Of what may be a packet by its size and its first bytes; nothing if it
/// cannot be one.
std::optional<beacon_head> head_of(std::string_view packet);

/// Requires: no name is longer than `max_beacon_name`.
std::string to_bytes(const beacon& x);

/// Nothing if it is malformed. Newer versions may append to it.
std::optional<beacon> parse_beacon(std::string_view bytes);

/// How long to wait until the next beacon: at random from a fifth of `longest`
/// to all of it, so that nodes that start together do not speak together.
duration pause_between_beacons(random_engine& rng, duration longest);

} // namespace horde::formation
