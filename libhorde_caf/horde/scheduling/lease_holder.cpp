// SPDX-License-Identifier: MIT

#include "horde/scheduling/lease_holder.hpp"

#include <algorithm>
#include <utility>

#include "horde/hash.hpp"
#include "horde/scheduling/records.hpp"

namespace horde::scheduling {

namespace {

/// More are sent in the next step.
constexpr std::size_t max_requests_in_a_step = 16;

/// More claims in a step are not given back; they end by themselves.
constexpr std::size_t max_dropped = 256;
constexpr std::size_t max_dropped_bytes = 2048;

} // namespace

lease_holder::lease_holder(const lease_config& cfg,
                           const lease_electorate& voters)
    : cfg_(cfg), voters_(voters) {}

void lease_holder::begin(instant now) {
  lapse();
  dropped_.clear();
  list_changed(now);
}

void lease_holder::list_changed(instant now) {
  // Alone we were a quorum, up to now.
  if (until_ == never)
    until_ = now + cfg_.time;
  grants_.clear();
  flights_.clear();
  grants_changed_ = true;
  next_request_ = now;
  for (auto& [id, x] : claims_) {
    x.promises.clear();
    x.records.clear();
    x.send_at = now;
    schedule(id, x);
  }
}

bool lease_holder::is_fresh(replica_id who, instant now) const {
  auto known = grants_.find(who);
  return known != grants_.end() && now < known->second - cfg_.time / 2;
}

// -- claims ------------------------------------------------------------------

void lease_holder::ask(const std::string& id, std::uint64_t attempt,
                       instant now) {
  auto& x = claims_[id];
  x = {};
  x.attempt = attempt;
  x.ask = next_ask_++;
  x.send_at = now;
  schedule(id, x);
}

/// Two who want the same child would hold each other up for ever. So who was
/// told that twice lets go of it for a moment, each for another time.
void lease_holder::ask_again(const std::string& id, std::uint64_t attempt,
                             instant now) {
  auto turns = claims_.at(id).turns + 1;
  auto pause = duration::zero();
  if (turns > 1) {
    drop(id);
    auto self = static_cast<std::uint64_t>(voters_.self());
    pause = cfg_.retry_after() * (hash64(id, self + turns) % 8);
  }
  ask(id, attempt, now + pause);
  claims_.at(id).turns = turns;
}

void lease_holder::drop(const std::string& id) {
  auto known = claims_.find(id);
  if (known == claims_.end())
    return;
  // Nobody else gets it before the promises have ended; so they are given back.
  dropped_bytes_ += id.size();
  if (dropped_.size() < max_dropped && dropped_bytes_ < max_dropped_bytes)
    dropped_.push_back({id, known->second.attempt, known->second.ask, true});
  forget(id);
}

void lease_holder::forget(const std::string& id) {
  claims_.erase(id);
  changed_.erase(id);
  due_.clear(id);
}

void lease_holder::schedule(const std::string& id, const own_claim& x) {
  due_.set(id, x.granted ? std::min(x.send_at, x.until) : x.send_at);
}

lease_holder::news lease_holder::review(instant now) {
  if (std::exchange(grants_changed_, false)) {
    auto all = grants_;
    all[voters_.self()] = never;
    until_ = std::max(until_, voters_.stands_until(all, vote::lease, now));
  }
  news result;
  if (!holds(now))
    return lapse();
  auto ids = std::exchange(changed_, {});
  for (auto& id : due_.take_due(now))
    ids.insert(std::move(id));
  for (const auto& id : ids) {
    auto known = claims_.find(id);
    if (known == claims_.end())
      continue;
    if (review_claim(id, known->second, result, now))
      schedule(id, known->second);
    else
      forget(id);
  }
  return result;
}

/// What was granted is over, what was not is asked for when there is a lease.
lease_holder::news lease_holder::lapse() {
  until_ = instant::min();
  news result;
  for (const auto& [id, x] : claims_)
    if (x.granted)
      result.lost.push_back(id);
  for (const auto& id : result.lost)
    forget(id);
  return result;
}

/// False: it is over.
bool lease_holder::review_claim(const std::string& id, own_claim& x, news& out,
                                instant now) {
  if (x.granted && voters_.is_quorum(x.records, vote::claim, now))
    return false;
  x.until =
    std::max(x.until, voters_.stands_until(x.promises, vote::claim, now));
  if (!x.granted && now < x.until) {
    x.granted = true;
    x.send_at = now + cfg_.retry_after(); // the record has spread by then
    out.granted.push_back({id, x.attempt, x.ask, false});
  }
  if (x.granted && now >= x.until) {
    out.lost.push_back(id);
    return false;
  }
  return true;
}

// -- messages ----------------------------------------------------------------

bool lease_holder::is_due(instant now) const {
  return now >= next_request_
         || (holds(now) && (now >= due_.next() || !dropped_.empty()));
}

std::vector<lease_request> lease_holder::take_requests(instant now) {
  std::vector<lease_request> result;
  if (!is_due(now))
    return result;
  std::erase_if(
    flights_, [&](const auto& x) { return now - x.second.sent >= cfg_.time; });
  std::vector<std::string> due;
  if (holds(now))
    due = due_.take_due(now);
  std::ranges::reverse(due);
  do
    result.push_back(make_request(due, now));
  while (!due.empty() && result.size() < max_requests_in_a_step);
  for (const auto& id : due)
    due_.set(id, now);
  // Soon again if the last one did not help.
  auto is_fresh = until_ != instant::min() && until_ - now > cfg_.time * 6 / 10;
  next_request_ = now + (is_fresh ? cfg_.renew_every() : cfg_.retry_after());
  return result;
}

/// Takes from the end of `due` what fits in.
lease_request lease_holder::make_request(std::vector<std::string>& due,
                                         instant now) {
  lease_request result{next_number_++, voters_.list(),
                       std::exchange(dropped_, {})};
  dropped_bytes_ = 0;
  std::size_t bytes = 0;
  while (!due.empty() && result.claims.size() < cfg_.max_claims
         && bytes < cfg_.max_claim_bytes) {
    auto id = std::move(due.back());
    due.pop_back();
    auto& x = claims_.at(id);
    bytes += id.size();
    x.send_at = now + (x.granted ? cfg_.time / 5 : cfg_.retry_after());
    schedule(id, x);
    result.claims.push_back({std::move(id), x.attempt, x.ask, false});
  }
  flights_[result.number] = {now, result.claims};
  return result;
}

bool lease_holder::receive(replica_id from, const lease_grant& x, instant now) {
  if (x.list != voters_.list())
    return true; // of another list than ours: late
  auto known = flights_.find(x.number);
  if (known == flights_.end())
    return true; // too late
  const auto& asked = known->second;
  if (asked.claims.size() != x.claims.size())
    return false;
  auto& until = grants_[from];
  until = std::max(until, asked.sent + cfg_.time);
  grants_changed_ = true;
  for (std::size_t i = 0; i < asked.claims.size(); ++i)
    answered(asked.claims[i], x.claims[i], from, asked.sent, now);
  return true;
}

void lease_holder::answered(const claim& asked, const claim_answer& x,
                            replica_id from, instant sent, instant now) {
  auto known = claims_.find(asked.id);
  if (asked.drop || known == claims_.end() || known->second.ask != asked.ask)
    return;
  auto& mine = known->second;
  if (x.is == claim_stand::no) {
    // Somebody had a larger token, so ours grows.
    if (mine.granted || x.highest < mine.attempt || x.highest >= max_attempt)
      return;
    return ask_again(asked.id, x.highest + 1, now);
  }
  auto& until = mine.promises[from];
  until = std::max(until, sent + cfg_.time);
  if (x.is == claim_stand::recorded)
    mine.records.insert(from);
  changed_.insert(asked.id);
}

instant lease_holder::wake_at() const {
  auto result = next_request_;
  if (until_ == instant::min())
    return result;
  return std::min({result, until_, due_.next()});
}

} // namespace horde::scheduling
