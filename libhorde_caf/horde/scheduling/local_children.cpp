// SPDX-License-Identifier: MIT

#include "horde/scheduling/local_children.hpp"

#include "horde/assert.hpp"

namespace horde::scheduling {

local_child& local_children::add(local_child x) {
  auto id = x.spec.id;
  auto [at, added] = children_.emplace(std::move(id), std::move(x));
  HORDE_ASSERT(added);
  return at->second;
}

void local_children::set_start(local_child& x, token start) {
  ids_.erase(x.start);
  x.start = start;
  ids_.emplace(start, x.spec.id);
}

void local_children::erase(std::string_view id) {
  auto known = children_.find(id);
  if (known == children_.end())
    return;
  ids_.erase(known->second.start);
  children_.erase(known);
}

local_child* local_children::find(std::string_view id) {
  auto known = children_.find(id);
  return known == children_.end() ? nullptr : &known->second;
}

const local_child* local_children::find(std::string_view id) const {
  auto known = children_.find(id);
  return known == children_.end() ? nullptr : &known->second;
}

local_child* local_children::find(token start) {
  auto known = ids_.find(start);
  return known == ids_.end() ? nullptr : find(known->second);
}

} // namespace horde::scheduling
