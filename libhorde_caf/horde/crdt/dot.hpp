// SPDX-License-Identifier: MIT
//
// One write: which replica made it, and its number there (Almeida et al. 2016).

#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "horde/fields.hpp"

namespace horde {

/// 64 random bits, new at every start of a member.
enum class replica_id : std::uint64_t {};

/// Prints 16 hex digits.
std::string to_string(replica_id x);

} // namespace horde

namespace horde::crdt {

/// Nobody writes so often; what claims more is absurd.
inline constexpr std::uint64_t largest_counter = std::uint64_t{1} << 56;

struct dot {
  replica_id who{};
  std::uint64_t counter = 0; ///< from 1

  friend auto operator<=>(const dot&, const dot&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::crdt::dot", field("who", x.who),
                       field("counter", x.counter));
  }
};

/// Prints `<replica>:<counter>`.
std::string to_string(dot x);

} // namespace horde::crdt
