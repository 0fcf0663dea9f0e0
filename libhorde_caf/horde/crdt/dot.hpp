// SPDX-License-Identifier: MIT
//
// One write: which replica made it, and its number there (Almeida et al. 2016).

#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "horde/fields.hpp"
#include "horde/time.hpp"

namespace horde {

/// New at every start of a member: the era in which that was, and 41 random
/// bits.
enum class replica_id : std::uint64_t {};

/// Prints 16 hex digits.
std::string to_string(replica_id x);

/// A piece of 1024 s of the time since 1970. Clocks differ, so it only says
/// about when.
using era = std::uint32_t;

inline constexpr unsigned bits_of_era = 23;
inline constexpr era last_era = (era{1} << bits_of_era) - 1; ///< year 2242

era era_at(wall_time now);

/// In which `x` was born.
constexpr era era_of(replica_id x) {
  return static_cast<era>(static_cast<std::uint64_t>(x) >> (64 - bits_of_era));
}

replica_id make_replica_id(era born, std::uint64_t random);

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
