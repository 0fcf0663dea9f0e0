// SPDX-License-Identifier: MIT
//
// Which seeds a simulation's test runs: HORDE_SEED is the first and the only
// one unless HORDE_SEEDS says how many; else those from 1, a quarter of them
// under a sanitizer.

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
#ifdef HORDE_SMALL_TESTS
  usual_count /= 4;
#endif
  auto is_one = std::getenv("HORDE_SEED") != nullptr;
  return {number("HORDE_SEED", 1),
          number("HORDE_SEEDS", is_one ? 1 : usual_count)};
}

} // namespace horde::sim
