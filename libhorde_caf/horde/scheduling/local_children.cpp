// SPDX-License-Identifier: MIT

#include "horde/scheduling/local_children.hpp"

namespace horde::scheduling {

local_child& local_children::add(local_child x) {
  auto id = x.spec.id;
  return children_.add(std::move(id), std::move(x)).second;
}

void local_children::set_start(local_child& x, token start) {
  by_start_.erase(x.start);
  x.start = start;
  by_start_.emplace(start, &x);
}

void local_children::erase(std::string_view id) {
  auto known = children_.find(id);
  if (known == nullptr)
    return;
  by_start_.erase(known->second.start);
  children_.erase(id);
}

local_child* local_children::find(std::string_view id) {
  auto known = children_.find(id);
  return known == nullptr ? nullptr : &known->second;
}

const local_child* local_children::find(std::string_view id) const {
  return const_cast<local_children*>(this)->find(id);
}

local_child* local_children::find(token start) {
  auto known = by_start_.find(start);
  return known == by_start_.end() ? nullptr : known->second;
}

} // namespace horde::scheduling
