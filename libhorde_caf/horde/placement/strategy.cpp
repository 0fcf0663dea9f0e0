// SPDX-License-Identifier: MIT

#include "horde/placement/strategy.hpp"

#include <algorithm>

namespace horde::placement {

void strategy::prepare(const std::vector<member_info>& members) {
  alive_.prepare(members);
  prepared(members);
}

choice strategy::choose(const wish& x, const conditions& now) const {
  if (auto problem = refusal(x))
    return std::move(*problem);
  auto some = alive_.fitting(x, now);
  if (auto problem = std::get_if<failure>(&some))
    return std::move(*problem);
  return &alive_[pick(x, now, std::get<selection>(some))].who;
}

const candidate* strategy::find(const member_id& who) const {
  const auto& all = alive_.all();
  auto known = std::ranges::lower_bound(all, who, {}, &candidate::who);
  return known != all.end() && known->who == who ? &*known : nullptr;
}

bool strategy::fits(const member_id& who, const wish& x,
                    const conditions& now) const {
  auto known = find(who);
  if (known == nullptr)
    return false;
  auto some = alive_.fitting(x, now);
  auto fitting = std::get_if<selection>(&some);
  return fitting != nullptr
         && fitting->contains(
           static_cast<std::size_t>(known - alive_.all().data()));
}

bool strategy::improves(const member_id& from, const member_id& to,
                        const wish& x, const conditions& now) const {
  if (!fits(from, x, now))
    return true;
  return !needs_draw() && score(*find(to), x, now) < score(*find(from), x, now);
}

std::size_t strategy::pick(const wish& x, const conditions& now,
                           const selection& some) const {
  return lowest(x, some, [&](const candidate& y) { return score(y, x, now); });
}

plan strategy::explain(const wish& x, const conditions& now) const {
  plan result;
  result.strategy = name();
  result.key = x.key;
  result.members = alive_.rows(x, now);
  for (const auto& member : alive_.all()) {
    auto& row = result.members[member.listed];
    if (row.is == fitness::fits)
      row.score = score(member, x, now);
  }
  auto chosen = choose(x, now);
  if (auto problem = std::get_if<failure>(&chosen)) {
    result.problem = problem->code;
    result.why = std::move(problem->what);
    return result;
  }
  auto is_fit = [](const auto& row) { return row.is == fitness::fits; };
  auto fit = std::ranges::count_if(result.members, is_fit);
  result.chosen = *std::get<const member_id*>(chosen);
  auto row = std::ranges::find(result.members, result.chosen, &plan_row::who);
  row->is = fitness::chosen;
  result.why = to_string(result.chosen) + " " + std::string{reason()} + ", of "
               + std::to_string(fit) + " that fit";
  return result;
}

} // namespace horde::placement
