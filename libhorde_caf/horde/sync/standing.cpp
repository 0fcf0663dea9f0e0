// SPDX-License-Identifier: MIT

#include "horde/sync/standing.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace horde::sync {

namespace {

using ids = std::vector<replica_id>;

/// Those alive with `other` that `x` has forgotten.
ids victims(const standing& x, const standing& other) {
  ids result;
  std::ranges::copy_if(other.alive, std::back_inserter(result),
                       [&](replica_id who) { return has_forgotten(x, who); });
  return result;
}

} // namespace

bool is_weaker(const side& x, const side& than) {
  return x.size != than.size ? x.size < than.size
                             : x.size > 0 && than.oldest < x.oldest;
}

bool has_forgotten(const standing& x, replica_id who) {
  return era_of(who) < x.horizon && !std::ranges::binary_search(x.known, who);
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
  // The same order for all: so the strongest one that lives yields to nobody.
  auto is_first_weaker = is_weaker(first.side, second.side)
                         || (first.side == second.side
                             && std::pair{first.is_young, first.who}
                                  > std::pair{second.is_young, second.who});
  if (is_first_weaker) {
    result.first_yields =
      !of_first.empty() || std::ranges::binary_search(of_second, first.who);
    if (!result.first_yields)
      result.first_forgets = std::move(of_second);
  } else {
    result.second_yields =
      !of_second.empty() || std::ranges::binary_search(of_first, second.who);
    if (!result.second_yields)
      result.second_forgets = std::move(of_first);
  }
  return result;
}

} // namespace horde::sync
