// SPDX-License-Identifier: MIT

#include "horde/placement/candidates.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace horde::placement {

namespace {

/// A count of `conditions`.
std::uint32_t at(std::span<const std::uint32_t> counts, std::size_t i) {
  return i < counts.size() ? counts[i] : 0;
}

bool has(const member_info& x, const std::string& label) {
  return std::ranges::find(x.labels, label) != x.labels.end();
}

failure no_place(const wish& x, const std::string& why) {
  return {errc::no_place,
          "no alive member may run '" + std::string{x.key} + "': " + why};
}

} // namespace

// -- selection ---------------------------------------------------------------

selection selection::of_none(std::size_t n) {
  selection result;
  result.bits_.assign(n / 64 + 1, 0);
  return result;
}

std::size_t selection::count(std::size_t n) const {
  if (is_all())
    return n;
  std::size_t result = 0;
  for (auto x : bits_)
    result += static_cast<std::size_t>(std::popcount(x));
  return result;
}

void selection::intersect(const selection& other) {
  if (is_all())
    bits_ = other.bits_;
  else if (!other.is_all())
    for (std::size_t i = 0; i < bits_.size(); ++i)
      bits_[i] &= other.bits_[i];
}

void selection::subtract(const selection& other, std::size_t n) {
  filter(n, [&other](std::size_t i) { return !other.contains(i); });
}

// -- candidates --------------------------------------------------------------

void candidates::prepare(const std::vector<member_info>& members) {
  listed_ = members;
  alive_.clear();
  for (std::size_t i = 0; i < listed_.size(); ++i) {
    const auto& x = listed_[i];
    if (x.status != member_status::alive)
      continue;
    auto weight = std::clamp(x.weight, std::uint32_t{1}, max_weight);
    alive_.push_back({x.who, seed_of(x.who), weight, share_of(weight), i});
  }
  std::ranges::stable_sort(alive_, {}, &candidate::who);
  auto same = [](const auto& x, const auto& y) { return x.who == y.who; };
  alive_.erase(std::unique(alive_.begin(), alive_.end(), same), alive_.end());
  with_label_.clear();
  for (std::size_t i = 0; i < alive_.size(); ++i)
    for (const auto& label : listed_[alive_[i].listed].labels)
      with_label_.try_emplace(label, selection::of_none(alive_.size()))
        .first->second.insert(i);
}

outcome<selection> candidates::fitting(const wish& x,
                                       const conditions& now) const {
  if (alive_.empty())
    return nobody_alive(x);
  auto result = selection::of_all();
  if (x.place.empty())
    return result;
  for (const auto& label : x.place.needs)
    keep_labelled(result, label, true);
  for (const auto& label : x.place.avoids)
    keep_labelled(result, label, false);
  if (result.count(alive_.size()) == 0)
    return nobody_fits(x);
  if (!x.place.group.empty())
    if (auto problem = keep_apart(result, x, now))
      return std::move(*problem);
  return result;
}

void candidates::keep_labelled(selection& some, const std::string& label,
                               bool is_needed) const {
  auto with = with_label_.find(label);
  if (with == with_label_.end() && is_needed)
    some = selection::of_none(alive_.size());
  else if (with == with_label_.end())
    return;
  else if (is_needed)
    some.intersect(with->second);
  else
    some.subtract(with->second, alive_.size());
}

std::optional<failure> candidates::keep_apart(selection& some, const wish& x,
                                              const conditions& now) const {
  auto children = [&](std::size_t i) {
    return at(now.of_group, alive_[i].listed);
  };
  auto least = std::numeric_limits<std::uint32_t>::max();
  for (std::size_t i = 0; i < alive_.size(); ++i)
    if (some.contains(i))
      least = std::min(least, children(i));
  if (x.place.strict && least > 0)
    return no_place(x, "all that have the right labels have a child of group '"
                         + x.place.group + "' already");
  some.filter(alive_.size(),
              [&](std::size_t i) { return children(i) == least; });
  return std::nullopt;
}

// -- for people --------------------------------------------------------------

failure candidates::nobody_alive(const wish& x) const {
  return {errc::no_alive_nodes,
          "no member of the horde is alive, so there is nobody to run '"
            + std::string{x.key} + "'"};
}

failure candidates::nobody_fits(const wish& x) const {
  std::string all;
  for (const auto& label : x.place.needs) {
    if (!with_label_.contains(label))
      return no_place(x, "none has the label '" + label + "'");
    all += (all.empty() ? "'" : ", '") + label + "'";
  }
  for (const auto& label : x.place.avoids) {
    auto with = with_label_.find(label);
    if (with != with_label_.end()
        && with->second.count(alive_.size()) == alive_.size())
      return no_place(x, "each has the label '" + label
                           + "', which it is to avoid");
    all += (all.empty() ? "not '" : ", not '") + label + "'";
  }
  return no_place(x, "none meets all of its labels: " + all);
}

std::vector<plan_row> candidates::rows(const wish& x,
                                       const conditions& now) const {
  std::vector<plan_row> result;
  for (std::size_t i = 0; i < listed_.size(); ++i) {
    const auto& member = listed_[i];
    auto& row = result.emplace_back();
    row.who = member.who;
    row.status = member.status;
    row.weight = member.weight;
    row.children = at(now.children, i);
    row.of_group = at(now.of_group, i);
    judge(row, member, x);
  }
  if (x.place.group.empty())
    return result;
  auto least = std::numeric_limits<std::uint32_t>::max();
  for (const auto& row : result)
    if (row.is == fitness::fits)
      least = x.place.strict ? 0 : std::min(least, row.of_group);
  for (auto& row : result)
    if (row.is == fitness::fits && row.of_group > least) {
      row.is = fitness::has_group;
      row.detail = x.place.group;
    }
  return result;
}

void candidates::judge(plan_row& row, const member_info& member,
                       const wish& x) const {
  auto lacked = [&](const auto& label) { return !has(member, label); };
  auto needed = std::ranges::find_if(x.place.needs, lacked);
  auto avoided = std::ranges::find_if_not(x.place.avoids, lacked);
  if (member.status != member_status::alive) {
    row.is = fitness::not_alive;
  } else if (needed != x.place.needs.end()) {
    row.is = fitness::lacks_label;
    row.detail = *needed;
  } else if (avoided != x.place.avoids.end()) {
    row.is = fitness::has_label;
    row.detail = *avoided;
  } else {
    row.is = fitness::fits;
  }
}

} // namespace horde::placement
