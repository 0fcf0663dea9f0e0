// SPDX-License-Identifier: MIT
//
// Reasons are read by people and travel with records and operations, so they
// have a limit.

#pragma once

#include <cstddef>
#include <string>

namespace horde::scheduling {

/// Of what a `placed` record says of the last end of its child.
inline constexpr std::size_t max_end_bytes = 256;

/// If it has more than `limit` bytes: so many, of whole characters in UTF-8,
/// and three dots.
inline std::string shortened(std::string what, std::size_t limit) {
  if (what.size() <= limit)
    return what;
  auto end = limit;
  while (end > 0 && (static_cast<unsigned char>(what[end]) & 0xC0U) == 0x80U)
    --end;
  what.resize(end);
  return what + "...";
}

} // namespace horde::scheduling
