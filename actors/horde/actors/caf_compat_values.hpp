// SPDX-License-Identifier: MIT
//
// User messages as data: what both CAF lines share. Names stand for types, as
// numbers may differ between programs, and floating point travels as bits,
// which CAF does not keep: 0.17 hangs on infinity, 1.1 damages denormals.

#pragma once

#include <bit>
#include <string>
#include <type_traits>

#include "horde/codec.hpp"
#include "horde/errc.hpp"

namespace horde::values {

template <class T>
void put_real(writer& out, T x) {
  using bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  out.fixed64(std::bit_cast<bits>(x));
}

template <class T>
void take_real(reader& in, T& x) {
  using bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  x = std::bit_cast<T>(static_cast<bits>(in.fixed64()));
}

/// `std::u16string` and `std::u32string`.
template <class T>
void put_wide(writer& out, const T& xs) {
  out.varint(xs.size());
  for (auto x : xs)
    out.varint(static_cast<std::uint64_t>(x));
}

template <class T>
void take_wide(reader& in, T& xs) {
  xs.clear();
  for (auto n = in.count(); n > 0 && !in.failed(); --n)
    xs.push_back(static_cast<typename T::value_type>(in.varint()));
}

inline failure unknown_type(const std::string& name) {
  return {errc::unknown_type,
          "the type " + name + " is not registered on this node"};
}

inline failure malformed() {
  return {errc::unknown_type, "the bytes are no message of this CAF line"};
}

inline failure cannot_save(const std::string& message) {
  return {errc::unknown_type,
          "the message " + message + " cannot be serialised"};
}

} // namespace horde::values
