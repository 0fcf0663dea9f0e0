// SPDX-License-Identifier: MIT
//
// The strategies that come with the library, by name.

#pragma once

#include <cstdint>
#include <string_view>

#include "horde/placement/strategy.hpp"

namespace horde::placement {

///   uniform       evenly by key on a hash ring
///   quorum        the same, on the side of a split that has quorum
///   random        any member
///   least_loaded  the member with the least children for its weight
///   rendezvous    evenly by key, without a ring
enum class strategy_kind : std::uint8_t {
  uniform,
  quorum,
  random,
  least_loaded,
  rendezvous,
};

constexpr const char* to_string(strategy_kind x) {
  switch (x) {
  case strategy_kind::uniform: return "uniform";
  case strategy_kind::quorum: return "quorum";
  case strategy_kind::random: return "random";
  case strategy_kind::least_loaded: return "least_loaded";
  case strategy_kind::rendezvous: return "rendezvous";
  }
  return "???";
}

/// Fails with `bad_option` and the names there are.
outcome<strategy_kind> parse_strategy_kind(std::string_view name);

/// Makes one, for `scheduling::config::make_strategy`.
strategy_factory factory_of(strategy_kind x);

} // namespace horde::placement
