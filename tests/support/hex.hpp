// SPDX-License-Identifier: MIT
//
// Bytes as hex digits, to compare them with what is written in a test.

#pragma once

#include <string>
#include <string_view>

namespace horde::test {

inline std::string to_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  for (unsigned char x : bytes) {
    result += digits[x >> 4];
    result += digits[x & 15];
  }
  return result;
}

} // namespace horde::test
