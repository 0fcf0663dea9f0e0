// SPDX-License-Identifier: MIT

#include "horde/scheduling/load_table.hpp"

#include "horde/assert.hpp"

namespace horde::scheduling {

void load_table::prepare(const std::vector<member_info>& list) {
  std::erase_if(rows_, [](const auto& x) { return x.second.children == 0; });
  for (auto& [who, x] : rows_)
    x.listed = unlisted;
  children_.assign(list.size(), 0);
  for (std::size_t i = 0; i < list.size(); ++i) {
    auto& x = rows_[list[i].who];
    x.listed = i;
    children_[i] = x.children;
  }
}

void load_table::add(const member_id& who, const std::string& group) {
  auto& x = rows_[who];
  ++x.children;
  if (x.listed != unlisted)
    ++children_[x.listed];
  if (!group.empty())
    ++groups_[group][who];
}

void load_table::remove(const member_id& who, const std::string& group) {
  auto& x = rows_[who];
  HORDE_ASSERT(x.children > 0);
  --x.children;
  if (x.listed != unlisted)
    --children_[x.listed];
  if (group.empty())
    return;
  auto all = groups_.find(group);
  HORDE_ASSERT(all != groups_.end() && all->second[who] > 0);
  if (--all->second[who] == 0)
    all->second.erase(who);
  if (all->second.empty())
    groups_.erase(all);
}

std::size_t load_table::total() const {
  std::size_t result = 0;
  for (const auto& [who, x] : rows_)
    result += x.children;
  return result;
}

std::vector<std::uint32_t>
load_table::of_group(const std::string& group) const {
  auto all = groups_.find(group);
  if (all == groups_.end())
    return {};
  std::vector<std::uint32_t> result(children_.size(), 0);
  for (const auto& [who, n] : all->second)
    if (auto x = rows_.find(who);
        x != rows_.end() && x->second.listed != unlisted)
      result[x->second.listed] = n;
  return result;
}

} // namespace horde::scheduling
