// SPDX-License-Identifier: MIT

#include "horde/naming/lock_voter.hpp"

#include <algorithm>

namespace horde::naming {

// -- what requesters say -----------------------------------------------------

void lock_voter::receive(replica_id from, const lock::ask& x, instant now,
                         lock_posts& out) {
  auto at = slot_for(x.key, from);
  if (at == keys_.end())
    return;
  list_ = x.list;
  turns_ = std::max(turns_, x.turn);
  auto& here = at->second;
  auto until = now + cfg_.keep_asks;
  if (here.kept && here.kept->whose.who == from
      && here.kept->by.attempt == x.attempt) {
    here.kept->by.until = until;
    out.push_back({from, lock::promise{list_, x.attempt, here.kept->number}});
  } else {
    // One attempt at a time: what it had by others it has no more.
    if (here.held && here.held->holder == from
        && here.held->attempt < x.attempt)
      hold(here, std::nullopt);
    if (here.kept && here.kept->whose.who == from
        && here.kept->by.attempt < x.attempt)
      stop_keeping(here);
    wait(here, {x.turn, from}, {x.attempt, until});
  }
  settle(at, now, out);
}

void lock_voter::receive(replica_id from, const lock::yield& x, instant now,
                         lock_posts& out) {
  auto at = keys_.find(x.key);
  if (at == keys_.end())
    return;
  auto& here = at->second;
  if (!here.kept || here.kept->whose.who != from
      || here.kept->by.attempt != x.attempt)
    return;
  wait(here, here.kept->whose, here.kept->by);
  stop_keeping(here);
  settle(at, now, out);
}

void lock_voter::receive(replica_id from, const lock::take& x, instant now,
                         lock_posts& out) {
  auto at = keys_.find(x.key);
  if (at == keys_.end()) {
    out.push_back({from, lock::refused{x.attempt}});
    return;
  }
  auto& here = at->second;
  expire(here, now);
  auto& held = here.held;
  auto is_his = held && held->holder == from && held->attempt == x.attempt
                && held->token == x.token;
  auto is_kept = !held && here.kept && here.kept->whose.who == from
                 && here.kept->by.attempt == x.attempt
                 && x.token >= here.kept->number;
  if (is_his) { // said again
    held->until = std::max(held->until, now + x.lease);
  } else if (is_kept) {
    stop_keeping(here);
    hold(here, lease{from, x.attempt, x.token, now + x.lease});
    learn_highest(x.token);
  }
  if (is_his || is_kept)
    out.push_back({from, lock::accepted{x.list, x.attempt, 0, {}}});
  else
    out.push_back({from, lock::refused{x.attempt}});
  settle(at, now, out);
}

void lock_voter::receive(replica_id from, const lock::renew& x, instant now,
                         lock_posts& out) {
  auto at = slot_for(x.key, from);
  if (at == keys_.end())
    return;
  auto& here = at->second;
  auto is_his =
    here.held && here.held->holder == from && here.held->token == x.token;
  // Whoever has a larger token got it when this lease had ended.
  if (here.held && !is_his && here.held->token >= x.token)
    return;
  auto until = now + x.lease;
  if (is_his)
    until = std::max(until, here.held->until);
  hold(here, lease{from, x.attempt, x.token, until});
  learn_highest(x.token);
  out.push_back({from, lock::accepted{x.list, x.attempt, x.round, {}}});
  settle(at, now, out);
}

void lock_voter::receive(replica_id from, const lock::drop& x, instant now,
                         lock_posts& out) {
  auto at = keys_.find(x.key);
  if (at == keys_.end())
    return;
  auto& here = at->second;
  if (here.held && here.held->holder == from && here.held->attempt <= x.attempt)
    hold(here, std::nullopt);
  if (here.kept && here.kept->whose.who == from
      && here.kept->by.attempt <= x.attempt)
    stop_keeping(here);
  stop_waiting(here, from, x.attempt);
  settle(at, now, out);
}

// -- other events ------------------------------------------------------------

void lock_voter::open(instant now, lock_posts& out) {
  is_open_ = true;
  settle_all(now, out);
}

void lock_voter::close(instant now) {
  is_open_ = false;
  for (auto& [key, x] : keys_) {
    if (x.kept)
      stop_keeping(x);
    for (const auto& [whose, by] : x.waiting)
      count(whose.who, -1);
    x.waiting.clear();
  }
  lock_posts none;
  settle_all(now, none);
}

void lock_voter::learn(const lock::known_lease& x, instant now) {
  auto at = keys_.try_emplace(x.key).first;
  auto& here = at->second;
  auto until = now + at_least(cfg_, x.left);
  if (!here.held || here.held->token < x.token)
    hold(here, lease{x.holder, x.attempt, x.token, until});
  else if (here.held->token == x.token) // renewed where we had no part in it
    here.held->until = std::max(here.held->until, until);
  learn_highest(x.token);
  lock_posts none;
  settle(at, now, none); // promises nothing, as the key is held
}

void lock_voter::gone(replica_id who, instant now, lock_posts& out) {
  if (!shares_.contains(who))
    return;
  for (auto i = keys_.begin(); i != keys_.end();) {
    auto at = i++; // it may go
    auto& here = at->second;
    if (here.kept && here.kept->whose.who == who)
      stop_keeping(here);
    stop_waiting(here, who, ~std::uint64_t{0});
    settle(at, now, out);
  }
}

void lock_voter::tick(instant now, lock_posts& out) {
  for (const auto& key : due_.take_due(now))
    if (auto at = keys_.find(key); at != keys_.end())
      settle(at, now, out);
}

void lock_voter::tell(lock::report& x, std::size_t& room, instant now) const {
  x.highest = highest_;
  if (now < quiet_until_)
    x.rest = std::max(x.rest, quiet_until_ - now);
  for (const auto& [key, here] : keys_)
    if (here.held && now < here.held->until)
      lock::add(x,
                {key, here.held->holder, here.held->attempt, here.held->token,
                 here.held->until - now},
                room);
}

// -- one key -----------------------------------------------------------------

lock_voter::slots::iterator lock_voter::slot_for(const std::string& key,
                                                 replica_id who) {
  auto share = shares_.find(who);
  if (share != shares_.end() && share->second >= cfg_.max_locks)
    return keys_.find(key);
  return keys_.try_emplace(key).first;
}

void lock_voter::count(replica_id who, int difference) {
  auto& share = shares_[who];
  share += static_cast<std::size_t>(difference); // wraps around when negative
  if (share == 0)
    shares_.erase(who);
}

void lock_voter::hold(slot& x, std::optional<lease> held) {
  if (x.held)
    count(x.held->holder, -1);
  x.held = held;
  if (x.held)
    count(x.held->holder, 1);
}

void lock_voter::stop_keeping(slot& x) {
  count(x.kept->whose.who, -1);
  x.kept.reset();
}

void lock_voter::wait(slot& x, turn whose, asker by) {
  auto is_his = [&](const auto& entry) { return entry.first.who == whose.who; };
  auto known = std::ranges::find_if(x.waiting, is_his);
  auto is_late = known != x.waiting.end() && known->second.attempt > by.attempt;
  auto has_it = x.held && x.held->holder == whose.who;
  if (is_late || has_it)
    return;
  stop_waiting(x, whose.who, by.attempt);
  x.waiting.emplace(whose, by);
  count(whose.who, 1);
}

void lock_voter::stop_waiting(slot& x, replica_id who, std::uint64_t upto) {
  auto gone = std::erase_if(x.waiting, [&](const auto& entry) {
    return entry.first.who == who && entry.second.attempt <= upto;
  });
  if (gone > 0)
    count(who, -static_cast<int>(gone));
}

void lock_voter::expire(slot& x, instant now) {
  if (x.held && x.held->until <= now)
    hold(x, std::nullopt);
  if (x.kept && x.kept->by.until <= now)
    stop_keeping(x);
  std::erase_if(x.waiting, [&](const auto& entry) {
    if (entry.second.until > now)
      return false;
    count(entry.first.who, -1);
    return true;
  });
}

void lock_voter::settle(slots::iterator at, instant now, lock_posts& out) {
  auto& x = at->second;
  expire(x, now);
  auto may_promise = is_open_ && now >= quiet_until_ && !x.held;
  if (may_promise && !x.waiting.empty()) {
    auto first = x.waiting.begin();
    if (!x.kept) {
      x.kept = keeping{first->first, first->second, ++highest_};
      x.waiting.erase(first);
      out.push_back({x.kept->whose.who,
                     lock::promise{list_, x.kept->by.attempt, x.kept->number}});
    } else if (first->first < x.kept->whose) {
      out.push_back({x.kept->whose.who, lock::wanted{x.kept->by.attempt}});
    }
  }
  auto next = never;
  if (x.held)
    next = x.held->until;
  if (x.kept)
    next = std::min(next, x.kept->by.until);
  for (const auto& [whose, by] : x.waiting)
    next = std::min(next, by.until);
  if (!x.waiting.empty() && now < quiet_until_)
    next = std::min(next, quiet_until_);
  if (next == never) {
    due_.clear(at->first);
    keys_.erase(at);
  } else {
    due_.set(at->first, next);
  }
}

void lock_voter::settle_all(instant now, lock_posts& out) {
  for (auto i = keys_.begin(); i != keys_.end();) {
    auto at = i++; // it may go
    settle(at, now, out);
  }
}

} // namespace horde::naming
