// SPDX-License-Identifier: MIT
//
// Bytes read as a script: the small decisions a stateful harness takes. Never
// fails: after the end everything is zero, so that every input is some script.

#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "horde/random.hpp"

namespace horde::fuzz {

class script {
public:
  explicit script(std::string_view in) : in_(in) {}

  bool is_over() const { return in_.empty(); }

  std::uint8_t byte() {
    if (in_.empty())
      return 0;
    auto result = static_cast<std::uint8_t>(in_.front());
    in_.remove_prefix(1);
    return result;
  }

  bool flag() { return (byte() & 1) != 0; }

  /// In [0, n). Requires: 0 < n <= 256.
  std::size_t below(std::size_t n) { return byte() % n; }

  std::uint64_t fixed64() {
    std::uint64_t result = 0;
    for (int i = 0; i < 8; ++i)
      result = result << 8 | byte();
    return result;
  }

  /// Mostly small; also those near the limits, where overflows are.
  std::uint64_t number() {
    auto x = byte();
    switch (x) {
    case 0xff: return std::numeric_limits<std::uint64_t>::max() - byte();
    case 0xfe: return (std::uint64_t{1} << 63) - 8 + byte();
    case 0xfd: return fixed64();
    case 0xfc: return std::uint64_t{byte()} << 8 | byte();
    default: return x;
    }
  }

  /// Two bytes of length, then at most that many.
  std::string_view bytes() {
    auto size = std::size_t{byte()} | std::size_t{byte()} << 8;
    auto result = in_.substr(0, size);
    in_.remove_prefix(result.size());
    return result;
  }

private:
  std::string_view in_;
};

/// Makes bytes that a `script` reads in the same order.
class script_writer {
public:
  script_writer& byte(std::size_t x) {
    out_.push_back(static_cast<char>(x & 0xff));
    return *this;
  }

  /// Requires: at most 65535 bytes.
  script_writer& bytes(std::string_view x) {
    byte(x.size()).byte(x.size() >> 8);
    out_.append(x);
    return *this;
  }

  /// `n` steps of any kind.
  script_writer& noise(random_engine& rng, std::size_t n) {
    while (n-- > 0)
      byte(below(rng, 256));
    return *this;
  }

  std::string take() { return std::move(out_); }

private:
  std::string out_;
};

/// `x` with a few bytes changed, inserted or left out, as the script says.
inline std::string damaged(script& in, std::string x) {
  for (auto n = in.below(4); n > 0 && !x.empty(); --n) {
    auto where =
      (std::size_t{in.byte()} | std::size_t{in.byte()} << 8) % x.size();
    switch (in.below(4)) {
    case 0: x[where] = static_cast<char>(in.byte()); break;
    case 1: x.insert(where, 1, static_cast<char>(in.byte())); break;
    case 2: x.erase(where, 1); break;
    case 3: x.resize(where); break;
    }
  }
  return x;
}

} // namespace horde::fuzz
