// SPDX-License-Identifier: MIT
//
// Which seeds were run without a failure: ranges in a text file, so that a long
// search can be stopped and goes on where it was. The first line tells the
// generator, since with another one the same seeds stand for other scenarios.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "horde/crdt/range_set.hpp"

namespace horde::sim {

class replica_seeds {
public:
  using range = crdt::range_set::range;

  /// Reads what `to_text` wrote. None: it is no such text, or tells of another
  /// generator.
  static std::optional<replica_seeds> from(std::string_view text);
  std::string to_text() const;

  /// Requires: 0 < x.first <= x.last.
  void add(range x) { done_.insert(x); }

  /// The first seeds in `within` that were not run, at most so many.
  std::optional<range> next(range within, std::uint64_t most) const;

  std::uint64_t count() const;

private:
  crdt::range_set done_;
};

} // namespace horde::sim
