// SPDX-License-Identifier: MIT
//
// What a scheduler may be told many of at once.

#pragma once

#include <cstdint>
#include <string>

#include "horde/random.hpp"
#include "horde/scheduling/effects.hpp"

namespace horde::scheduling {

/// A call of `start_child` or, if it `finds`, of `find_or_start`.
struct asked_start {
  token caller = 0;
  supervision::child_spec spec;
  start_ack ack = start_ack::standard;
  bool finds = false;
};

/// What `child_started` tells.
struct started_child {
  token start = 0;
  std::uint64_t actor = 0; ///< CAF's id of it on this node
  std::string info;
  std::string refused; ///< why it did not take the state given; empty: it did
};

/// For a child that was given no id.
std::string made_id(random_engine& rng);

} // namespace horde::scheduling
