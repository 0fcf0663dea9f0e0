// SPDX-License-Identifier: MIT
//
// What the members of one registry must agree on.

#pragma once

#include <cstdint>

namespace horde {

enum class key_mode : std::uint8_t {
  unique,    ///< one process a name
  duplicate, ///< groups: any number of entries a name
};

constexpr const char* to_string(key_mode x) {
  return x == key_mode::unique ? "unique" : "duplicate";
}

/// Which of two live owners of one name keeps it.
enum class conflict_rule : std::uint8_t {
  last_wins,  ///< the later claim, then the larger replica id
  first_wins, ///< the other one
  decided,    ///< a function says; until then all show the later claim
};

constexpr const char* to_string(conflict_rule x) {
  switch (x) {
  case conflict_rule::last_wins: return "last_wins";
  case conflict_rule::first_wins: return "first_wins";
  case conflict_rule::decided: return "decided";
  }
  return "???";
}

} // namespace horde
