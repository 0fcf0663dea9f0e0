// SPDX-License-Identifier: MIT
//
// What a strategy of cluster formation answers when it is asked where nodes
// are. A failure is distinct from "nobody is there".

#pragma once

#include <optional>
#include <vector>

#include "horde/endpoint.hpp"
#include "horde/errc.hpp"
#include "horde/time.hpp"

namespace horde::formation {

struct lookup {
  /// All addresses known now, in any order; may name this node itself.
  std::vector<endpoint> nodes;
  /// For how long the source says that this stays true (a DNS TTL); nothing:
  /// until the next poll.
  std::optional<duration> valid_for{};

  friend bool operator==(const lookup&, const lookup&) = default;
};

using lookup_result = outcome<lookup>;

} // namespace horde::formation
