// SPDX-License-Identifier: MIT

#include "horde/scheduling/lease_fences.hpp"

#include <algorithm>
#include <utility>

namespace horde::scheduling {

void lease_fences::list_changed(instant now) {
  for (auto& [who, x] : wanted_) {
    x.replies.clear();
    x.send_at = now;
  }
}

bool lease_fences::want(replica_id who, instant now) {
  auto [at, is_new] = wanted_.try_emplace(who);
  if (is_new)
    at->second.send_at = now;
  at->second.wanted_at = now;
  return is_complete(at->second, now);
}

std::vector<fence_request> lease_fences::drop(replica_id who) {
  if (wanted_.erase(who) == 0)
    return {};
  return {{next_number_++, voters_.list(), who, true}};
}

std::vector<replica_id> lease_fences::wanted() const {
  std::vector<replica_id> result;
  for (const auto& [who, x] : wanted_)
    result.push_back(who);
  return result;
}

std::vector<fence_request> lease_fences::take_requests(instant now) {
  std::vector<fence_request> result;
  // All that it had has been taken over.
  std::erase_if(wanted_, [&](const auto& x) {
    return now - x.second.wanted_at >= 2 * cfg_.promise();
  });
  for (auto& [who, x] : wanted_) {
    if (now < x.send_at)
      continue;
    std::erase_if(x.sent, [&](const auto& y) {
      return now - y.second >= cfg_.fence_counts();
    });
    x.sent.emplace(next_number_, now);
    x.send_at = now + cfg_.fence_counts() / 3;
    result.push_back({next_number_++, voters_.list(), who, false});
  }
  return result;
}

void lease_fences::receive(replica_id from, const fence_reply& x, instant now) {
  auto known = wanted_.find(x.who);
  if (known == wanted_.end() || x.list != voters_.list())
    return;
  auto sent = known->second.sent.find(x.number);
  if (sent == known->second.sent.end())
    return; // too late
  auto left = std::clamp(x.left, duration::zero(), cfg_.promise());
  auto& mine = known->second.replies[from];
  mine = {std::max(mine.passes, now + left),
          std::max(mine.holds, sent->second + cfg_.fence_counts())};
}

bool lease_fences::is_complete(const target& x, instant now) const {
  std::set<replica_id> standing;
  for (const auto& [who, reply] : x.replies)
    if (reply.passes <= now && now < reply.holds)
      standing.insert(who);
  return voters_.is_quorum(standing, vote::fence, now);
}

bool lease_fences::review(instant now) {
  bool result = false;
  next_check_ = never;
  for (auto& [who, x] : wanted_) {
    auto before = std::exchange(x.is_complete, is_complete(x, now));
    result = result || (x.is_complete && !before);
    for (const auto& [from, reply] : x.replies)
      if (reply.passes > now)
        next_check_ = std::min(next_check_, reply.passes);
  }
  return result;
}

instant lease_fences::wake_at() const {
  auto result = next_check_;
  for (const auto& [who, x] : wanted_)
    result = std::min(result, x.send_at);
  return result;
}

} // namespace horde::scheduling
