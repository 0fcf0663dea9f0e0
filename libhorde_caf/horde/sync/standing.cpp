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
  auto victims_of_first = victims(first, second);
  auto victims_of_second = victims(second, first);
  if (victims_of_first.empty() && victims_of_second.empty())
    return result;
  // The same order for all: so the strongest one that lives yields to nobody.
  auto is_first_weaker = is_weaker(first.side, second.side)
                         || (first.side == second.side
                             && std::pair{first.is_young, first.who}
                                  > std::pair{second.is_young, second.who});
  auto yields = [](const ids& its, const ids& of_other, replica_id who) {
    return !its.empty() || std::ranges::binary_search(of_other, who);
  };
  if (is_first_weaker) {
    result.first_yields =
      yields(victims_of_first, victims_of_second, first.who);
    result.of_first =
      std::move(result.first_yields ? victims_of_first : victims_of_second);
  } else {
    result.second_yields =
      yields(victims_of_second, victims_of_first, second.who);
    result.of_second =
      std::move(result.second_yields ? victims_of_second : victims_of_first);
  }
  return result;
}

} // namespace horde::sync
