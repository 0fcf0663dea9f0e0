// SPDX-License-Identifier: MIT
//
// A node: its name and its incarnation, so that a restarted node is a new node
// and newer is known from older.

#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>

#include "horde/fields.hpp"

namespace horde {

/// One life of a node: milliseconds since the epoch at its start, then random
/// bits. Ordered, newer is larger.
struct incarnation {
  std::uint64_t started = 0;
  std::uint64_t random = 0;

  friend auto operator<=>(const incarnation&, const incarnation&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::incarnation", field("started", x.started),
                       field("random", x.random));
  }
};

/// Prints `1732262400000-00c0ffee00c0ffee`.
std::string to_string(const incarnation& x);

struct node_id {
  std::string name; ///< `host:port` unless given
  incarnation life;

  friend auto operator<=>(const node_id&, const node_id&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::node_id", field("name", x.name),
                       field("life", x.life));
  }
};

/// Prints the name; the incarnation is for machines.
std::string to_string(const node_id& x);

} // namespace horde

template <>
struct std::hash<horde::incarnation> {
  std::size_t operator()(const horde::incarnation& x) const noexcept {
    return static_cast<std::size_t>(x.random
                                    ^ (x.started * 0x9e3779b97f4a7c15U));
  }
};
