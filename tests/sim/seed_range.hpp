// SPDX-License-Identifier: MIT
//
// Which seeds a simulation's test runs: HORDE_SEED is the first and the only
// one unless HORDE_SEEDS says how many; else those from 1.

#pragma once

#include <cstdint>
#include <cstdlib>

namespace horde::sim {

struct seed_range {
  std::uint64_t first = 1;
  std::uint64_t count = 1;
};

inline seed_range seeds_of(std::uint64_t usual_count) {
  auto number = [](const char* name, std::uint64_t otherwise) {
    const auto* text = std::getenv(name);
    return text ? std::strtoull(text, nullptr, 10) : otherwise;
  };
  auto is_one = std::getenv("HORDE_SEED") != nullptr;
  return {number("HORDE_SEED", 1),
          number("HORDE_SEEDS", is_one ? 1 : usual_count)};
}

/// A quarter of `usual_count` under a sanitizer, where seeds take long.
constexpr std::uint64_t fewer_if_slow(std::uint64_t usual_count) {
#ifdef HORDE_SMALL_TESTS
  return usual_count / 4;
#else
  return usual_count;
#endif
}

} // namespace horde::sim
