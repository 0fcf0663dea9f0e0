// SPDX-License-Identifier: MIT

#include "horde/codec.hpp"

namespace horde {

void writer::fixed64(std::uint64_t x) {
  char buf[8];
  for (auto& c : buf) {
    c = static_cast<char>(x & 0xff);
    x >>= 8;
  }
  out_.append(buf, sizeof(buf));
}

void writer::varint(std::uint64_t x) {
  char buf[10];
  std::size_t n = 0;
  while (x >= 0x80) {
    buf[n++] = static_cast<char>((x & 0x7f) | 0x80);
    x >>= 7;
  }
  buf[n++] = static_cast<char>(x);
  out_.append(buf, n);
}

void writer::bytes(std::string_view x) {
  varint(x.size());
  out_.append(x);
}

void reader::fail() {
  failed_ = true;
  in_ = {};
}

std::uint8_t reader::byte() {
  if (in_.empty()) {
    fail();
    return 0;
  }
  auto result = static_cast<std::uint8_t>(in_.front());
  in_.remove_prefix(1);
  return result;
}

std::uint64_t reader::fixed64() {
  if (in_.size() < 8) {
    fail();
    return 0;
  }
  std::uint64_t result = 0;
  for (int i = 7; i >= 0; --i)
    result = (result << 8)
             | static_cast<std::uint8_t>(in_[static_cast<std::size_t>(i)]);
  in_.remove_prefix(8);
  return result;
}

std::uint64_t reader::varint() {
  std::uint64_t result = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    auto next = byte();
    // The tenth byte holds one bit. A zero last byte would be a second way to
    // write the same number.
    if (failed_ || (shift == 63 && next > 1) || (shift > 0 && next == 0)) {
      fail();
      return 0;
    }
    result |= static_cast<std::uint64_t>(next & 0x7f) << shift;
    if ((next & 0x80) == 0)
      return result;
  }
  fail();
  return 0;
}

std::string_view reader::bytes() {
  auto n = varint();
  if (n > in_.size()) {
    fail();
    return {};
  }
  auto result = in_.substr(0, static_cast<std::size_t>(n));
  in_.remove_prefix(static_cast<std::size_t>(n));
  return result;
}

std::size_t reader::count() {
  auto n = varint();
  if (n > in_.size()) {
    fail();
    return 0;
  }
  return static_cast<std::size_t>(n);
}

} // namespace horde
