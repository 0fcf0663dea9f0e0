// SPDX-License-Identifier: MIT

#include "horde/placement/quorum.hpp"

#include <algorithm>

namespace horde::placement {

quorum::tally quorum::count(const std::vector<member_info>& members) {
  std::vector<const member_info*> counted;
  for (const auto& x : members)
    if (x.status != member_status::shutting_down)
      counted.push_back(&x);
  auto by_name = [](auto x, auto y) { return x->who < y->who; };
  if (!counted.empty() && counted.size() % 2 == 0)
    counted.erase(std::ranges::min_element(counted, by_name));
  // Unlike Horde: a member that is only suspect is there as long as its link.
  auto there = std::ranges::count_if(
    counted, [](auto x) { return membership::is_there(*x); });
  return {counted.size(), static_cast<std::size_t>(there)};
}

bool quorum::has_quorum(const std::vector<member_info>& members) const {
  return count(members).is_enough();
}

void quorum::prepared(const std::vector<member_info>& members) {
  uniform::prepared(members);
  tally_ = count(members);
}

std::optional<failure> quorum::refusal(const wish& x) const {
  if (tally_.is_enough())
    return std::nullopt;
  return failure{errc::quorum_not_met,
                 "'" + std::string{x.key} + "' is not placed without quorum: "
                   + std::to_string(tally_.there) + " of the "
                   + std::to_string(tally_.counted)
                   + " members that count are there"};
}

std::unique_ptr<strategy> make_quorum() {
  return std::make_unique<quorum>();
}

} // namespace horde::placement
