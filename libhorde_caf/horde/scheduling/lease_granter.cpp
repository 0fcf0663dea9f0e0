// SPDX-License-Identifier: MIT

#include "horde/scheduling/lease_granter.hpp"

#include <algorithm>

namespace horde::scheduling {

void lease_granter::begin() {
  leases_.clear();
  fences_.clear();
  claims_.clear();
}

std::optional<lease_grant> lease_granter::answer(replica_id from,
                                                 const lease_request& x,
                                                 const copies& recorded,
                                                 instant now) {
  forget_old(now);
  if (is_fenced(from, now))
    return std::nullopt;
  leases_[from] = now + cfg_.promise();
  lease_grant result{x.number, x.list, {}};
  result.claims.reserve(x.claims.size());
  for (const auto& y : x.claims) {
    if (y.drop)
      drop(from, y);
    result.claims.push_back(y.drop ? claim_answer{}
                                   : answer(from, y, recorded(y.id), now));
  }
  return result;
}

void lease_granter::drop(replica_id from, const claim& x) {
  auto known = claims_.find(x.id);
  if (known != claims_.end() && known->second.to == from
      && known->second.ask == x.ask)
    known->second.until = instant::min(); // its token stays known
}

claim_answer lease_granter::answer(replica_id from, const claim& x,
                                   const std::vector<known_copy>& recorded,
                                   instant now) {
  claim_answer result;
  bool is_recorded = false;
  for (const auto& y : recorded) {
    result.highest = std::max(result.highest, y.attempt);
    is_recorded |= y.replica == from && y.started && y.attempt == x.attempt;
  }
  auto promise = claims_.find(x.id);
  if (is_recorded) {
    if (promise != claims_.end() && promise->second.to == from
        && promise->second.attempt <= x.attempt) // else this one is late
      claims_.erase(promise);
    result.is = claim_stand::recorded;
    return result;
  }
  // Its copy may be there until the record of it is not.
  if (std::ranges::any_of(recorded,
                          [&](const auto& y) { return y.replica != from; }))
    return result;
  if (promise != claims_.end()) {
    const auto& known = promise->second;
    if (known.to != from && now < known.until) {
      result.highest = std::max(result.highest, known.attempt);
      return result;
    }
    // Else it is the token of a copy that was started before, maybe.
    if (known.to == from && known.ask == x.ask
        && known.until != instant::min()) {
      promise->second.until = now + cfg_.promise();
      result.is = claim_stand::promised;
      return result;
    }
    result.highest = std::max(result.highest, known.attempt);
  }
  if (x.attempt <= result.highest
      || (promise == claims_.end() && claims_.size() >= cfg_.max_promised))
    return result;
  claims_[x.id] = {from, x.attempt, x.ask, now + cfg_.promise()};
  result.is = claim_stand::promised;
  return result;
}

void lease_granter::fence(const fence_request& x, replica_id by, instant now) {
  auto& known = fences_[x.who][by];
  if (x.number < known.number)
    return; // late: it was asked for again, or dropped
  known = {x.number, x.drop ? now : now + cfg_.fence_time()};
}

bool lease_granter::is_fenced(replica_id who, instant now) const {
  auto known = fences_.find(who);
  return known != fences_.end()
         && std::ranges::any_of(known->second, [now](const auto& x) {
              return now < x.second.until;
            });
}

instant lease_granter::promised_until(replica_id who, instant since) const {
  auto known = leases_.find(who);
  auto before = since + cfg_.promise();
  return known == leases_.end() ? before : std::max(before, known->second);
}

void lease_granter::forget_old(instant now) {
  if (now < next_sweep_)
    return;
  next_sweep_ = now + cfg_.time;
  std::erase_if(leases_, [now](const auto& x) { return x.second <= now; });
  // That their tokens are not used again is worth some memory.
  if (claims_.size() > cfg_.max_tokens)
    std::erase_if(claims_,
                  [now](const auto& x) { return x.second.until <= now; });
  for (auto& [who, all] : fences_)
    std::erase_if(all, [&](const auto& x) {
      return x.second.until + cfg_.fence_time() <= now;
    });
  std::erase_if(fences_, [](const auto& x) { return x.second.empty(); });
}

} // namespace horde::scheduling
