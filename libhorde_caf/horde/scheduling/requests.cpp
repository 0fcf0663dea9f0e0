// SPDX-License-Identifier: MIT

#include "horde/scheduling/requests.hpp"

#include <utility>

#include "horde/assert.hpp"

namespace horde::scheduling {

// -- starts ------------------------------------------------------------------

start_request& start_requests::add(start_request x) {
  auto number = next_arrival_++;
  by_child_[x.spec.id].emplace(number, x.id);
  arrivals_.emplace(x.id, number);
  auto [at, added] = requests_.emplace(x.id, std::move(x));
  HORDE_ASSERT(added);
  reschedule(at->second);
  return at->second;
}

void start_requests::erase(const request_id& id) {
  auto known = requests_.find(id);
  if (known == requests_.end())
    return;
  auto child = by_child_.find(known->second.spec.id);
  auto arrival = arrivals_.find(id);
  child->second.erase(arrival->second);
  if (child->second.empty())
    by_child_.erase(child);
  arrivals_.erase(arrival);
  due_.clear(id);
  replicating_.erase({known->second.sequence, id});
  requests_.erase(known);
}

start_request* start_requests::find(const request_id& id) {
  auto known = requests_.find(id);
  return known == requests_.end() ? nullptr : &known->second;
}

std::vector<request_id> start_requests::of_child(const std::string& id) const {
  std::vector<request_id> result;
  auto known = by_child_.find(id);
  if (known != by_child_.end())
    for (const auto& [number, request] : known->second)
      result.push_back(request);
  return result;
}

std::vector<request_id> start_requests::all() const {
  std::vector<request_id> result;
  for (const auto& [id, request] : requests_)
    result.push_back(id);
  return result;
}

void start_requests::reschedule(const start_request& x) {
  due_.set(x.id, std::min(x.deadline, x.act_at));
}

void start_requests::await_replication(start_request& x,
                                       std::uint64_t sequence) {
  replicating_.erase({x.sequence, x.id});
  x.sequence = sequence;
  replicating_.emplace(sequence, x.id);
}

start_request* start_requests::next_replication() {
  return replicating_.empty() ? nullptr : find(replicating_.begin()->second);
}

// -- terminates --------------------------------------------------------------

void terminate_requests::add(terminate_request x, instant deadline) {
  auto number = next_arrival_++;
  by_child_[x.child].insert(number);
  due_.set(number, deadline);
  requests_.emplace(number, std::move(x));
}

std::vector<terminate_request>
terminate_requests::take(const std::string& child) {
  std::vector<terminate_request> result;
  auto known = by_child_.find(child);
  if (known == by_child_.end())
    return result;
  for (auto number : known->second) {
    result.push_back(std::move(requests_.extract(number).mapped()));
    due_.clear(number);
  }
  by_child_.erase(known);
  return result;
}

std::vector<terminate_request> terminate_requests::take_due(instant now) {
  std::vector<terminate_request> result;
  for (auto number : due_.take_due(now)) {
    result.push_back(std::move(requests_.extract(number).mapped()));
    auto child = by_child_.find(result.back().child);
    child->second.erase(number);
    if (child->second.empty())
      by_child_.erase(child);
  }
  return result;
}

bool terminate_requests::waits_for(const std::string& child) const {
  return by_child_.contains(child);
}

std::vector<std::string> terminate_requests::children() const {
  std::vector<std::string> result;
  for (const auto& [child, numbers] : by_child_)
    result.push_back(child);
  return result;
}

void terminate_requests::await_replication(terminate_request x) {
  auto sequence = x.sequence;
  replicating_.emplace(sequence, std::move(x));
}

void terminate_requests::postpone(std::uint64_t sequence) {
  for (auto& [number, x] : requests_)
    x.sequence = sequence;
  for (auto& [before, x] : std::exchange(replicating_, {})) {
    x.sequence = sequence;
    replicating_.emplace(sequence, std::move(x));
  }
}

const terminate_request* terminate_requests::next_replication() const {
  return replicating_.empty() ? nullptr : &replicating_.begin()->second;
}

terminate_request terminate_requests::take_replication() {
  return std::move(replicating_.extract(replicating_.begin()).mapped());
}

instant terminate_requests::next() const {
  auto result = due_.next();
  if (auto x = next_replication())
    result = std::min(result, x->replicate_until);
  return result;
}

} // namespace horde::scheduling
