// SPDX-License-Identifier: MIT

#include "horde/sync/standing.hpp"

#include <algorithm>
#include <iterator>

namespace horde::sync {

namespace {

using ids = std::vector<replica_id>;

bool contains(const ids& xs, replica_id x) {
  return std::ranges::binary_search(xs, x);
}

/// Those alive with `other` that `x` has forgotten.
ids victims(const standing& x, const standing& other) {
  ids result;
  std::ranges::copy_if(other.alive, std::back_inserter(result),
                       [&](replica_id who) { return has_forgotten(x, who); });
  return result;
}

/// The larger one, or if equal the one with the oldest replica, stays.
bool is_weaker(const ids& x, std::uint64_t weight_of_x, const ids& y,
               std::uint64_t weight_of_y) {
  weight_of_x += x.size();
  weight_of_y += y.size();
  return weight_of_x != weight_of_y ? weight_of_x < weight_of_y : y < x;
}

} // namespace

bool has_forgotten(const standing& x, replica_id who) {
  return era_of(who) < x.horizon && !contains(x.known, who);
}

verdict judge(const standing& first, const standing& second) {
  verdict result;
  // A newcomer whose clock is late has little to lose, whoever is with it.
  auto is_late = [](const standing& x, const standing& other) {
    return x.is_young && has_forgotten(other, x.who);
  };
  result.first_yields = is_late(first, second)
                        && !(is_late(second, first) && first.who < second.who);
  result.second_yields = is_late(second, first) && !result.first_yields;
  if (result.first_yields || result.second_yields)
    return result;
  auto of_first = victims(first, second);
  auto of_second = victims(second, first);
  if (of_first.empty() && of_second.empty())
    return result;
  // Who has forgotten somebody stands for all that share its context, who has
  // not, for those that were forgotten.
  const auto& side_of_first = of_first.empty() ? of_second : first.alive;
  const auto& side_of_second = of_second.empty() ? of_first : second.alive;
  if (is_weaker(side_of_first, first.defeats, side_of_second, second.defeats)) {
    result.first_yields = !of_first.empty() || contains(of_second, first.who);
    if (!result.first_yields)
      result.first_forgets = std::move(of_second);
  } else {
    result.second_yields = !of_second.empty() || contains(of_first, second.who);
    if (!result.second_yields)
      result.second_forgets = std::move(of_first);
  }
  return result;
}

} // namespace horde::sync
