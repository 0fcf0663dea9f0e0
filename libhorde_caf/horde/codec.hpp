// SPDX-License-Identifier: MIT
//
// The binary form of everything replicas say to each other: little endian,
// variable-length integers, no padding. `encode` never fails; `decode` takes
// hostile input: it checks every length before it allocates, and a reader that
// failed once stays failed and yields zeros.

#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "horde/fields.hpp"
#include "horde/time.hpp"

namespace horde {

class writer {
public:
  explicit writer(std::string& out) : out_(out) {}

  void byte(std::uint8_t x) { out_.push_back(static_cast<char>(x)); }
  /// Eight bytes: for random ids and hashes, where a varint would be longer.
  void fixed64(std::uint64_t x);
  /// One to ten bytes.
  void varint(std::uint64_t x);
  /// The length, then the bytes.
  void bytes(std::string_view x);
  /// The bytes alone.
  void raw(std::string_view x) { out_.append(x); }

private:
  std::string& out_;
};

class reader {
public:
  explicit reader(std::string_view in) : in_(in) {}

  std::uint8_t byte();
  std::uint64_t fixed64();
  std::uint64_t varint();
  /// A view into the input, valid as long as the input is.
  std::string_view bytes();
  /// A number of elements that take at least one byte each.
  std::size_t count();

  bool failed() const { return failed_; }
  std::size_t remaining() const { return in_.size(); }
  /// Marks the input as malformed.
  void fail();

private:
  std::string_view in_;
  bool failed_ = false;
};

// -- encode: one overload a shape --------------------------------------------

template <class T>
void encode(writer& out, const T& x) {
  if constexpr (std::is_enum_v<T>) {
    encode(out, static_cast<std::underlying_type_t<T>>(x));
  } else if constexpr (std::same_as<T, bool> || std::same_as<T, std::uint8_t>) {
    out.byte(static_cast<std::uint8_t>(x));
  } else if constexpr (std::unsigned_integral<T>) {
    out.varint(x);
  } else if constexpr (std::signed_integral<T>) {
    auto wide = static_cast<std::int64_t>(x); // zigzag: small either way
    out.varint((static_cast<std::uint64_t>(wide) << 1)
               ^ static_cast<std::uint64_t>(wide >> 63));
  } else if constexpr (std::same_as<T, duration>) {
    encode(out, static_cast<std::int64_t>(x.count()));
  } else {
    static_assert(has_fields<const T>, "list the fields of this type");
    for_each_field(x,
                   [&](const char*, const auto& value) { encode(out, value); });
  }
}

inline void encode(writer& out, const std::string& x) {
  out.bytes(x);
}

template <class T>
void encode(writer& out, const std::vector<T>& xs) {
  out.varint(xs.size());
  for (const auto& x : xs)
    encode(out, x);
}

// -- decode ------------------------------------------------------------------

template <class T>
void decode(reader& in, T& x) {
  if constexpr (std::is_enum_v<T>) {
    std::underlying_type_t<T> value{};
    decode(in, value);
    x = static_cast<T>(value);
  } else if constexpr (std::same_as<T, bool>) {
    auto value = in.byte();
    if (value > 1)
      in.fail();
    x = value == 1;
  } else if constexpr (std::same_as<T, std::uint8_t>) {
    x = in.byte();
  } else if constexpr (std::unsigned_integral<T>) {
    auto value = in.varint();
    if (!std::in_range<T>(value))
      in.fail();
    x = static_cast<T>(value);
  } else if constexpr (std::signed_integral<T>) {
    auto raw = in.varint();
    auto value =
      static_cast<std::int64_t>(raw >> 1) ^ -static_cast<std::int64_t>(raw & 1);
    if (!std::in_range<T>(value))
      in.fail();
    x = static_cast<T>(value);
  } else if constexpr (std::same_as<T, duration>) {
    std::int64_t value = 0;
    decode(in, value);
    x = duration{value};
  } else {
    static_assert(has_fields<T>, "list the fields of this type");
    for_each_field(x, [&](const char*, auto& value) { decode(in, value); });
  }
}

inline void decode(reader& in, std::string& x) {
  x = in.bytes();
}

template <class T>
void decode(reader& in, std::vector<T>& xs) {
  auto n = in.count();
  xs.clear();
  for (std::size_t i = 0; i < n && !in.failed(); ++i)
    decode(in, xs.emplace_back());
}

// -- whole values ------------------------------------------------------------

template <class T>
std::string to_bytes(const T& x) {
  std::string result;
  writer out{result};
  encode(out, x);
  return result;
}

/// Nothing unless `bytes` is exactly one `T`.
template <class T>
std::optional<T> from_bytes(std::string_view bytes) {
  reader in{bytes};
  T result{};
  decode(in, result);
  if (in.failed() || in.remaining() != 0)
    return std::nullopt;
  return result;
}

} // namespace horde
