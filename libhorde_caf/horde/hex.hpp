// SPDX-License-Identifier: MIT
//
// Bytes as hex digits.

#pragma once

#include <string>
#include <string_view>

namespace horde {

inline std::string to_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  for (unsigned char x : bytes) {
    result += digits[x >> 4];
    result += digits[x & 15];
  }
  return result;
}

} // namespace horde
