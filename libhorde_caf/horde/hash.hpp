// SPDX-License-Identifier: MIT
//
// Stable hashes, equal on all machines and in all versions (never `std::hash`):
// XXH3 with a 64-bit key. Not cryptographic; the key keeps outsiders from
// preparing collisions.

#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

#include "horde/fields.hpp"

namespace horde {

struct hash128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  friend auto operator<=>(const hash128&, const hash128&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::hash128", field("low", x.low),
                       field("high", x.high));
  }
};

std::uint64_t hash64(std::string_view bytes, std::uint64_t key = 0);

hash128 hash_128(std::string_view bytes, std::uint64_t key = 0);

} // namespace horde
