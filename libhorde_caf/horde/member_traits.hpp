// SPDX-License-Identifier: MIT
//
// What a member tells the others of its node, so that they know which children
// fit there and how many.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "horde/errc.hpp"
#include "horde/fields.hpp"

namespace horde {

/// Weights are percent of a usual node: one of 200 gets twice as many children.
inline constexpr std::uint32_t usual_weight = 100;
inline constexpr std::uint32_t max_weight = 1000;

struct member_traits {
  std::vector<std::string> labels{};
  std::uint32_t weight = usual_weight;

  friend bool operator==(const member_traits&, const member_traits&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::member_traits", field("labels", x.labels),
                       field("weight", x.weight));
  }
};

/// What is wrong with them; names the option and what it takes.
std::optional<failure> validate(const member_traits& x);

} // namespace horde
