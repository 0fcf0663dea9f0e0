// SPDX-License-Identifier: MIT

#include "horde/scheduling/move_queue.hpp"

namespace horde::scheduling {

void move_queue::add(const std::string& id, const member_id& to) {
  if (!under_way_.contains(id))
    waiting_.insert_or_assign(id, to);
}

std::vector<std::string> move_queue::begin() {
  std::vector<std::string> result;
  while (!waiting_.empty() && under_way_.size() < most_) {
    auto next = waiting_.extract(waiting_.begin());
    result.push_back(next.key());
    under_way_.insert(std::move(next));
  }
  return result;
}

const member_id* move_queue::target(std::string_view id) const {
  auto known = under_way_.find(id);
  return known == under_way_.end() ? nullptr : &known->second;
}

void move_queue::end(std::string_view id) {
  for (auto all : {&waiting_, &under_way_})
    if (auto known = all->find(id); known != all->end())
      all->erase(known);
}

} // namespace horde::scheduling
