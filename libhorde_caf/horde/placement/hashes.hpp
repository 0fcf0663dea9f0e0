// SPDX-License-Identifier: MIT
//
// Rendezvous hashing with weights (Thaler and Ravishankar 1998; weights as in
// Schindelhauer and Schomaker 2005): each member draws a cost from its name and
// a number, the lowest one wins, and who is twice as heavy wins twice as often.
// Integers only, so that costs are the same on all machines.

#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "horde/member_id.hpp"
#include "horde/member_traits.hpp"

namespace horde::placement {

namespace logarithm_table {

inline constexpr std::uint64_t one = std::uint64_t{1} << 32; // of logarithms

/// The binary logarithm of x / 2^31, which is at least 1 and below 2.
constexpr std::uint64_t logarithm(std::uint64_t x) {
  std::uint64_t result = 0;
  for (int bit = 31; bit >= 0; --bit) {
    x = (x * x) >> 31;
    if (x >= one) {
      result |= std::uint64_t{1} << bit;
      x >>= 1;
    }
  }
  return result;
}

inline constexpr std::size_t steps = 256;

constexpr auto make_logarithms() {
  std::array<std::uint64_t, steps + 1> result{};
  for (std::uint64_t i = 0; i < steps; ++i)
    result[i] = logarithm((steps + i) << 23);
  result[steps] = one;
  return result;
}

inline constexpr auto logarithms = make_logarithms();

/// -log2(x / 2^64), between table entries in a straight line.
inline std::uint64_t negative_logarithm(std::uint64_t x) {
  x |= 1;
  auto zeros = static_cast<unsigned>(std::countl_zero(x));
  auto fraction = (x << zeros) << 1;
  auto i = static_cast<std::size_t>(fraction >> 56);
  auto rest = (fraction >> 32) & 0xff'ffff;
  auto step = logarithms[i + 1] - logarithms[i];
  return (zeros + 1) * one - (logarithms[i] + ((step * rest) >> 24));
}

} // namespace logarithm_table

/// The end of splitmix64: every bit of x has a say in every bit of the result.
inline std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// What a key is placed by.
std::uint64_t key_hash(std::string_view key);

/// A member's part in the draw.
std::uint64_t seed_of(const member_id& who);

/// What one child takes of a member of that weight: the division is made once,
/// then costs and loads are multiplied. Requires: 1 to `max_weight`.
constexpr std::uint64_t share_of(std::uint32_t weight) {
  return 10'000'000 / weight;
}

/// Of a member, for the number `drawn`.
inline std::uint64_t rendezvous_cost(std::uint64_t seed, std::uint64_t drawn,
                                     std::uint64_t share) {
  // At most 2^38 times 2^24.
  return logarithm_table::negative_logarithm(mix(seed ^ drawn)) * share;
}

} // namespace horde::placement
