// SPDX-License-Identifier: MIT

#include "horde/scheduling/lease_electorate.hpp"

#include <algorithm>

#include "horde/hash.hpp"

namespace horde::scheduling {

lease_electorate::lease_electorate(const lease_config& cfg, rule has_quorum)
    : cfg_(cfg), has_quorum_(std::move(has_quorum)) {}

void lease_electorate::begin(replica_id self, instant now) {
  self_ = self;
  born_ = now;
  since_ = now;
}

bool lease_electorate::set_members(
  const std::vector<member_info>& list,
  const std::function<bool(replica_id)>& is_fresh, instant now) {
  std::string names;
  for (const auto& x : list) {
    names += to_string(x.who);
    names += x.status == member_status::shutting_down ? '\1' : '\0';
    if (x.replica == replica_id{})
      continue;
    auto& known = replicas_[x.who];
    if (known != replica_id{} && known != x.replica && x.replica != self_)
      newcomers_[x.who] = {now + cfg_.promise(), is_fresh(known)};
    known = x.replica;
  }
  std::erase_if(newcomers_,
                [&](const auto& x) { return x.second.until <= now; });
  std::erase_if(replicas_, [&](const auto& x) {
    return std::ranges::find(list, x.first, &member_info::who) == list.end();
  });
  list_ = list;
  auto hash = hash64(names);
  if (hash == hash_)
    return false;
  hash_ = hash;
  since_ = now;
  return true;
}

bool lease_electorate::counts(const member_info& x, vote of,
                              instant now) const {
  // What a former life of ours promised may be more than we know.
  if (x.replica == self_)
    return of != vote::claim || list_.size() == 1
           || now >= born_ + cfg_.promise();
  auto known = newcomers_.find(x.who);
  if (known == newcomers_.end() || now >= known->second.until)
    return true;
  switch (of) {
  case vote::lease: return known->second.is_fresh;
  case vote::fence: return true;
  case vote::claim: return false;
  }
  return false;
}

bool lease_electorate::is_quorum(const std::set<replica_id>& standing, vote of,
                                 instant now) const {
  auto list = list_;
  for (auto& x : list) {
    x.linked = x.replica != replica_id{} && standing.contains(x.replica)
               && counts(x, of, now);
    if (x.status != member_status::shutting_down)
      x.status = x.linked ? member_status::alive : member_status::dead;
  }
  return has_quorum_(list);
}

instant
lease_electorate::stands_until(const std::map<replica_id, instant>& times,
                               vote of, instant now) const {
  std::vector<instant> ends;
  ends.reserve(times.size());
  for (const auto& [who, end] : times)
    ends.push_back(end);
  std::ranges::sort(ends, std::greater<>{});
  auto is_enough = [&](instant end) {
    std::set<replica_id> standing;
    for (const auto& [who, its] : times)
      if (its >= end)
        standing.insert(who);
    return is_quorum(standing, of, now);
  };
  auto first = std::ranges::partition_point(
    ends, [&](instant end) { return !is_enough(end); });
  return first == ends.end() ? instant::min() : *first;
}

} // namespace horde::scheduling
