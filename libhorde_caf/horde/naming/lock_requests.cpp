// SPDX-License-Identifier: MIT

#include "horde/naming/lock_requests.hpp"

#include <algorithm>
#include <utility>

namespace horde::naming {

// -- events ------------------------------------------------------------------

void lock_requests::ask(lock_ticket ticket, const std::string& key,
                        duration lease, instant until, instant now) {
  auto at = keys_.try_emplace(key).first;
  at->second.waiting.push_back({ticket, lease, until, std::nullopt});
  tickets_.emplace(ticket, key);
  settle(at, now);
}

void lock_requests::release(lock_ticket ticket, instant now) {
  auto known = tickets_.find(ticket);
  if (known == tickets_.end())
    return;
  auto at = keys_.find(known->second);
  tickets_.erase(known);
  auto& here = at->second;
  if (here.held && here.held->ticket == ticket) {
    drop(at, here.held->attempt);
    here.held.reset();
  } else {
    if (here.waiting.front().ticket == ticket)
      stop_trying(at);
    std::erase_if(here.waiting,
                  [&](const waiter& x) { return x.ticket == ticket; });
  }
  settle(at, now);
}

void lock_requests::receive(replica_id from, const lock::promise& x,
                            moment now) {
  auto at = find_trying(x.attempt);
  // What a voter keeps for an attempt that is over it forgets soon.
  if (at == keys_.end() || x.list != electorate_.list()
      || x.number > largest_token(now.wall))
    return;
  auto& trying = *at->second.trying;
  if (trying.token != 0 && x.number > trying.token)
    return; // too late to count
  auto is_new = trying.promised.insert_or_assign(from, x.number).second;
  if (trying.token == 0
      && trying.promised.size() >= majority_of(electorate_.size()))
    take(at, now);
  else if (trying.token != 0 && is_new)
    say_take(at, from);
  settle(at, now.at);
}

void lock_requests::receive(replica_id from, const lock::wanted& x) {
  auto at = find_trying(x.attempt);
  if (at == keys_.end() || at->second.trying->token != 0)
    return;
  at->second.trying->promised.erase(from);
  says.push_back({from, lock::yield{at->first, x.attempt}});
}

void lock_requests::receive(replica_id from, const lock::accepted& x,
                            instant now) {
  if (x.list != electorate_.list())
    return;
  auto at = find(x.attempt);
  if (at == keys_.end())
    return;
  auto& here = at->second;
  if (here.trying && here.trying->number == x.attempt) {
    if (here.trying->token == 0 || x.round != 0)
      return;
    count(here.trying->votes, from, x);
    grant_if_taken(at, now);
  } else if (here.held && here.held->attempt == x.attempt
             && here.held->round == x.round && !here.held->is_renewed
             && now < here.held->until) {
    auto& held = *here.held;
    count(held.votes, from, x);
    if (!has_majority(held.votes))
      return;
    held.is_renewed = true;
    held.until =
      std::max(held.until, held.round_at + at_most(cfg_, held.lease));
  }
  settle(at, now);
}

void lock_requests::receive(replica_id from, const lock::refused& x,
                            instant now) {
  auto at = find_trying(x.attempt);
  if (at == keys_.end())
    return;
  auto& trying = *at->second.trying;
  trying.promised.erase(from);
  if (trying.promised.size() < majority_of(electorate_.size())) {
    stop_trying(at);
    begin(at, now + jitter(rng_, cfg_.retry_after / 4, 50));
  }
  settle(at, now);
}

void lock_requests::voters_changed(bool is_other_list, instant now) {
  auto is_gone = [&](const auto& promise) {
    return !electorate_.voters().contains(promise.first);
  };
  for (auto i = keys_.begin(); i != keys_.end();) {
    auto at = i++; // it may go
    auto& here = at->second;
    if (here.held && is_other_list)
      begin_round(at, now);
    if (here.trying && is_other_list) {
      stop_trying(at);
    } else if (here.trying) {
      std::erase_if(here.trying->promised, is_gone);
      here.trying->say_at = now; // somebody may be back
    }
    settle(at, now);
  }
}

void lock_requests::give_up(const failure& why, instant now) {
  for (auto i = keys_.begin(); i != keys_.end();) {
    auto at = i++;
    if (at->second.held)
      lose(at);
    stop_trying(at);
    for (const auto& x : std::exchange(at->second.waiting, {})) {
      forget(x.ticket);
      outcomes.push_back(lock::fail{x.ticket, why});
    }
    settle(at, now);
  }
}

void lock_requests::tick(instant now) {
  for (const auto& key : due_.take_due(now))
    if (auto at = keys_.find(key); at != keys_.end())
      settle(at, now);
}

// -- queries -----------------------------------------------------------------

bool lock_requests::is_held(lock_ticket ticket, instant now) const {
  auto known = tickets_.find(ticket);
  if (known == tickets_.end())
    return false;
  const auto& held = keys_.at(known->second).held;
  return held && held->ticket == ticket && now < held->until;
}

void lock_requests::tell(lock::report& x, std::size_t& room,
                         instant now) const {
  for (const auto& [key, here] : keys_)
    if (here.held && now < here.held->until)
      lock::add(x,
                {key, electorate_.id(), here.held->attempt, here.held->token,
                 here.held->until - now},
                room);
}

// -- votes -------------------------------------------------------------------

void lock_requests::count(ballot& x, replica_id from,
                          const lock::accepted& vote) {
  x.accepted.insert(from);
  for (const auto& life : vote.told)
    x.told.insert_or_assign(life.name, life.replica);
}

bool lock_requests::has_majority(const ballot& x) const {
  auto counts = [&](replica_id voter) {
    auto life = x.told.find(electorate_.name_of(voter));
    return electorate_.voters().contains(voter)
           && (life == x.told.end() || life->second == voter);
  };
  auto votes = std::ranges::count_if(x.accepted, counts);
  return static_cast<std::size_t>(votes) >= majority_of(electorate_.size());
}

// -- one key -----------------------------------------------------------------

lock_requests::slots::iterator lock_requests::find(std::uint64_t attempt) {
  auto known = attempts_.find(attempt);
  return known == attempts_.end() ? keys_.end() : keys_.find(known->second);
}

lock_requests::slots::iterator
lock_requests::find_trying(std::uint64_t attempt) {
  auto at = find(attempt);
  if (at == keys_.end() || !at->second.trying
      || at->second.trying->number != attempt)
    return keys_.end();
  return at;
}

void lock_requests::forget(lock_ticket ticket) {
  tickets_.erase(ticket);
}

void lock_requests::say_to_all(const lock_message& x) {
  for (auto who : electorate_.voters())
    says.push_back({who, x});
}

void lock_requests::drop(slots::iterator at, std::uint64_t attempt) {
  attempts_.erase(attempt);
  say_to_all(lock::drop{at->first, attempt});
}

void lock_requests::stop_trying(slots::iterator at) {
  auto& here = at->second;
  if (!here.trying)
    return;
  drop(at, here.trying->number);
  here.trying.reset();
}

void lock_requests::begin(slots::iterator at, instant say_at) {
  auto& here = at->second;
  auto& first = here.waiting.front();
  if (!first.turn)
    first.turn = voter_.next_turn();
  here.trying = attempt{};
  here.trying->number = ++last_attempt_;
  here.trying->say_at = say_at;
  here.trying->pause = cfg_.retry_after;
  attempts_.emplace(last_attempt_, at->first);
}

/// A majority keeps it for us.
void lock_requests::take(slots::iterator at, moment now) {
  auto& trying = *at->second.trying;
  for (const auto& [who, number] : trying.promised)
    trying.token = std::max(trying.token, number);
  trying.taken_at = now.at;
  trying.say_at = now.at;
  trying.pause = cfg_.retry_after;
}

/// Asks, or takes: those who have not answered.
void lock_requests::say(slots::iterator at, instant now) {
  auto& trying = *at->second.trying;
  const auto& first = at->second.waiting.front();
  trying.say_at = now + jitter(rng_, trying.pause, 25);
  trying.pause = std::min(2 * trying.pause, cfg_.keep_asks / 3);
  if (trying.token == 0) {
    for (auto who : electorate_.voters())
      says.push_back({who, lock::ask{electorate_.list(), at->first,
                                     trying.number, *first.turn}});
    return;
  }
  for (const auto& [who, number] : trying.promised)
    if (!trying.votes.accepted.contains(who))
      say_take(at, who);
}

void lock_requests::say_take(slots::iterator at, replica_id to) {
  const auto& trying = *at->second.trying;
  says.push_back(
    {to, lock::take{electorate_.list(), at->first, trying.number, trying.token,
                    at->second.waiting.front().lease}});
}

void lock_requests::grant_if_taken(slots::iterator at, instant now) {
  auto& here = at->second;
  auto& trying = *here.trying;
  if (!has_majority(trying.votes))
    return;
  auto first = here.waiting.front();
  tenure held;
  held.ticket = first.ticket;
  held.attempt = trying.number;
  held.token = trying.token;
  held.lease = first.lease;
  held.until = trying.taken_at + at_most(cfg_, first.lease);
  held.round_at = trying.taken_at;
  if (held.until <= now) { // too slow: it is over already
    stop_trying(at);
    return;
  }
  here.trying.reset();
  here.waiting.pop_front();
  here.held = std::move(held);
  outcomes.push_back(lock::grant{first.ticket, at->first, here.held->token});
}

void lock_requests::begin_round(slots::iterator at, instant now) {
  auto& held = *at->second.held;
  ++held.round;
  held.round_at = now;
  held.votes = {};
  held.is_renewed = false;
  held.say_at = now;
}

void lock_requests::say_round(slots::iterator at, instant now) {
  auto& held = *at->second.held;
  held.say_at = now + std::min(cfg_.retry_after, held.lease / 10);
  for (auto who : electorate_.voters())
    if (!held.votes.accepted.contains(who))
      says.push_back(
        {who, lock::renew{electorate_.list(), at->first, held.attempt,
                          held.token, held.round, held.lease}});
}

void lock_requests::lose(slots::iterator at) {
  auto held = *at->second.held;
  drop(at, held.attempt);
  at->second.held.reset();
  forget(held.ticket);
  outcomes.push_back(lock::lose{held.ticket, at->first, held.token});
}

void lock_requests::expire_waiters(slots::iterator at, instant now) {
  auto& here = at->second;
  if (!here.waiting.empty() && here.waiting.front().until <= now)
    stop_trying(at);
  std::erase_if(here.waiting, [&](const waiter& x) {
    if (x.until > now)
      return false;
    forget(x.ticket);
    outcomes.push_back(
      lock::fail{x.ticket,
                 {errc::timeout,
                  "the lock '" + at->first + "' was not to be had in time"}});
    return true;
  });
}

void lock_requests::settle(slots::iterator at, instant now) {
  auto& here = at->second;
  if (here.held && here.held->until <= now)
    lose(at);
  expire_waiters(at, now);
  if (here.trying && here.trying->token != 0
      && now - here.trying->taken_at >= cfg_.keep_asks / 2)
    stop_trying(at); // the voters may not keep it any more
  if (!here.held && !here.trying && !here.waiting.empty())
    begin(at, now);
  if (here.trying && here.trying->say_at <= now)
    say(at, now);
  auto next = never;
  for (const auto& x : here.waiting)
    next = std::min(next, x.until);
  if (here.trying)
    next = std::min(next, here.trying->say_at);
  if (here.held) {
    auto& held = *here.held;
    if (held.is_renewed && held.round_at + held.lease / 3 <= now)
      begin_round(at, now);
    if (!held.is_renewed && held.say_at <= now)
      say_round(at, now);
    next = std::min(
      {next, held.until,
       held.is_renewed ? held.round_at + held.lease / 3 : held.say_at});
  } else if (!here.trying && here.waiting.empty()) {
    due_.clear(at->first);
    keys_.erase(at);
    return;
  }
  due_.set(at->first, next);
}

} // namespace horde::naming
