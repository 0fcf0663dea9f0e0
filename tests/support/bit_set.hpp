// SPDX-License-Identifier: MIT
//
// A set of small numbers, one bit each. All sets that meet have one size.

#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace horde::sim {

class bit_set {
public:
  /// For numbers below `size`.
  explicit bit_set(std::size_t size = 0) : words_((size + 63) / 64) {}

  bool contains(std::size_t i) const {
    return ((words_[i / 64] >> (i % 64)) & 1U) != 0;
  }
  void insert(std::size_t i) { words_[i / 64] |= std::uint64_t{1} << (i % 64); }
  void erase(std::size_t i) {
    words_[i / 64] &= ~(std::uint64_t{1} << (i % 64));
  }

  bit_set& operator|=(const bit_set& x) {
    for (std::size_t i = 0; i < words_.size(); ++i)
      words_[i] |= x.words_[i];
    return *this;
  }
  bit_set& operator&=(const bit_set& x) {
    for (std::size_t i = 0; i < words_.size(); ++i)
      words_[i] &= x.words_[i];
    return *this;
  }
  /// Removes what is in `x`.
  bit_set& operator-=(const bit_set& x) {
    for (std::size_t i = 0; i < words_.size(); ++i)
      words_[i] &= ~x.words_[i];
    return *this;
  }
  friend bit_set operator|(bit_set a, const bit_set& b) {
    a |= b;
    return a;
  }
  friend bit_set operator&(bit_set a, const bit_set& b) {
    a &= b;
    return a;
  }
  friend bit_set operator-(bit_set a, const bit_set& b) {
    a -= b;
    return a;
  }

  bool is_within(const bit_set& x) const {
    for (std::size_t i = 0; i < words_.size(); ++i)
      if ((words_[i] & ~x.words_[i]) != 0)
        return false;
    return true;
  }

  /// Visits all numbers, ascending.
  template <class F>
  void for_each(F f) const {
    for (std::size_t i = 0; i < words_.size(); ++i)
      for (auto rest = words_[i]; rest != 0; rest &= rest - 1)
        f(64 * i + static_cast<std::size_t>(std::countr_zero(rest)));
  }

  friend bool operator==(const bit_set&, const bit_set&) = default;

private:
  std::vector<std::uint64_t> words_;
};

} // namespace horde::sim
