// SPDX-License-Identifier: MIT
//
// Which numbers of one sender came already, so that what was recorded and sent
// again is known.

#pragma once

#include <cstdint>

#include "horde/assert.hpp"

namespace horde {

/// Remembers which of the last 64 numbers came. Older ones count as known.
class replay_window {
public:
  bool is_new(std::uint64_t number) const {
    if (number > newest_)
      return true;
    auto age = newest_ - number;
    return number != 0 && age < 64 && (seen_ >> age & 1) == 0;
  }

  /// Requires: it is new.
  void note(std::uint64_t number) {
    HORDE_ASSERT(is_new(number));
    if (number <= newest_) {
      seen_ |= std::uint64_t{1} << (newest_ - number);
      return;
    }
    auto step = number - newest_;
    seen_ = step < 64 ? seen_ << step | 1 : 1;
    newest_ = number;
  }

  std::uint64_t newest() const { return newest_; }

private:
  std::uint64_t newest_ = 0; // 0 is no number
  std::uint64_t seen_ = 0;   // bit i: newest - i
};

} // namespace horde
