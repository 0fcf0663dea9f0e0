// SPDX-License-Identifier: MIT
//
// What kind of message some bytes are: most need not be decoded.

#pragma once

#include <cstddef>
#include <string_view>

#include "horde/sync/message.hpp"

namespace horde::sim {

template <class T>
bool is_a(std::string_view bytes) {
  constexpr std::size_t place_of_kind = 1;
  static const auto kind = sync::encode_message(T{})[place_of_kind];
  return bytes.size() > place_of_kind && bytes[place_of_kind] == kind;
}

} // namespace horde::sim
