// SPDX-License-Identifier: MIT
//
// How a replica meets another before news flow, and how it forgets and is
// forgotten. Of two the one with the larger id judges; it hails the other,
// which says where it stands until it is judged.

#include <algorithm>
#include <iterator>
#include <utility>

#include "horde/sort_unique.hpp"
#include "horde/sync/replica.hpp"

namespace horde::sync {

// -- forgetting --------------------------------------------------------------

bool replica::forget(replica_id who, moment now) {
  if (who == self_ || !map_.forget(who))
    return false;
  meet_the_forgotten(now);
  return true;
}

void replica::meet_the_forgotten(moment now) {
  for (auto& [id, x] : links_)
    if (x.is_met && map_.seen().is_forgotten(id))
      begin_meeting(id, x, now);
}

void replica::notice_sleep(moment now) {
  auto is_late = now.at > due_ && now.at - due_ >= cfg_.young_for / 2;
  if (!is_late || cfg_.young_for == duration::zero())
    return;
  // Others may have forgotten us: we do not stand for them any more.
  due_ = never;
  for (auto& [who, x] : links_)
    x.is_met = false;
  for (auto& [who, x] : links_)
    begin_meeting(who, x, now);
}

bool replica::is_grown(const link& x, instant now) {
  return x.is_met && x.young_until <= now;
}

bool replica::forgets_the_living(const crdt::causal_context& seen,
                                 replica_id from, instant now) const {
  auto l = links_.find(from);
  auto is_lost = [&](replica_id who) {
    return seen.is_forgotten(who)
           && !(l != links_.end()
                && std::ranges::binary_search(l->second.given_up, who));
  };
  return seen.is_forgotten(self_)
         || std::ranges::any_of(links_,
                                [&](const auto& x) {
                                  return is_grown(x.second, now)
                                         && is_lost(x.first);
                                })
         || std::ranges::any_of(spoken_for(from, now), is_lost);
}

void replica::begin_anew(era horizon, defeat x, moment now) {
  // Nobody else that we know of may take the new id for forgotten either.
  horizon = std::max(horizon, map_.seen().horizon());
  map_.for_each([this](std::string_view key, auto versions) {
    for (const auto& v : versions)
      note_lost(key, v);
  });
  map_.clear(pending_.changed);
  map_ = crdt::aw_lww_map{cfg_.digest_key, cfg_.digest_grain};
  to_resolve_.clear();
  log_.trim(log_.newest());
  links_.clear();
  take_new_id(horizon, now);
  announced_.clear();
  announce_at_ = never;
  has_caught_up_ = false;
  ++stats_.renewals;
  side_ = {};
  defeat_ = std::move(x);
  defeat_.heard = now.at;
  pending_.renewed = self_;
}

void replica::take_new_id(era horizon, moment now) {
  self_ = make_replica_id(std::max(era_at(now.wall), horizon), rng_());
  born_ = now.at;
  mesh_ = mesh{self_};
  map_.know(self_);
}

// -- meeting -----------------------------------------------------------------

void replica::begin_meeting(replica_id who, link& x, moment now) {
  note_side(now.at);
  side_until_ = side_at_most_until_; // who yields may have lent its own
  x = {};
  x.meeting.emplace(cfg_, now.at);
  x.stance = ++stances_;
  x.told = side_;
  say_where_we_stand(who, x.stance, now.at);
  mesh_.forget(who);
  update_mesh(now);
}

void replica::met(replica_id who, link& x, terms t, moment now) {
  map_.know(who);
  x.young_until = now.at + t.young_for;
  x.side = t.side;
  x.given_up = std::move(t.given_up);
  if (std::exchange(x.is_met, true))
    return; // it has begun anew with us
  x.meeting.reset();
  // Else it fetches by reconciliation what we wrote before.
  x.position = has_short_log() ? 0 : sequence();
  trim_log();
  catch_up(who, x, now);
  update_mesh(now);
}

duration replica::young_for(instant now) const {
  return std::max(cfg_.young_for - (now - std::min(born_, now)),
                  duration::zero());
}

void replica::note_side(instant now) {
  auto is_old = young_for(now) == duration::zero();
  side current;
  // Who is young and has nothing yet does not stand for others.
  if (is_old)
    current = {1, self_};
  for (const auto& [who, x] : links_)
    if (is_old && is_grown(x, now))
      current = {current.size + 1, std::min(current.oldest, who)};
  if (now < side_until_ && is_weaker(current, side_))
    return;
  side_ = current;
  side_until_ = now + cfg_.young_for / 2;
  side_at_most_until_ = now + cfg_.young_for;
}

void replica::take_side(link& from, instant now) {
  auto its = std::exchange(from.side, std::nullopt);
  auto takes_it = young_for(now) > duration::zero() || stands_for_winner(now);
  if (!its || !takes_it || !is_weaker(side_, *its))
    return;
  side_ = *its;
  // Longer than that it may not be its own either.
  side_until_ = side_at_most_until_ = now + cfg_.young_for / 4;
}

bool replica::stands_for_winner(instant now) const {
  // They lived when we yielded, so until then nobody forgets them rightly.
  return !defeat_.alive.empty()
         && (!has_caught_up_ || now < caught_up_at_ + cfg_.young_for);
}

const replica::link* replica::winner_link() const {
  auto i = links_.find(defeat_.by);
  return i == links_.end() ? nullptr : &i->second;
}

bool replica::waits_for_winner(replica_id with, instant now) const {
  if (with == defeat_.by || !stands_for_winner(now))
    return false;
  auto winner = winner_link();
  auto patience = cfg_.retransmit_at_most;
  if (!winner) // it may be linked later than others: while weights last
    patience = std::min(patience, cfg_.young_for / 4);
  return now < defeat_.heard + patience
         && !(winner && winner->is_met && !winner->side
              && mesh_.knows(defeat_.by));
}

void replica::meet_the_others(instant now) {
  if (waits_for_winner(self_, now))
    return;
  for (auto& [who, x] : links_)
    if (x.meeting)
      say_where_we_stand(who, x.stance, now);
}

std::vector<replica_id> replica::spoken_for(replica_id to, instant now) const {
  std::vector<replica_id> result;
  if (stands_for_winner(now) && to != defeat_.by && mesh_.knows(defeat_.by)
      && !mesh_.reaches(defeat_.by, to))
    std::ranges::copy_if(
      defeat_.alive, std::back_inserter(result),
      [this](replica_id who) { return !map_.seen().is_forgotten(who); });
  return result;
}

standing replica::where_we_stand(replica_id to, instant now) {
  note_side(now);
  const auto& seen = map_.seen();
  standing result{self_, seen.horizon(), seen.replicas(), {}, side_, false};
  result.is_young = young_for(now) > duration::zero();
  if (!result.is_young)
    result.alive.push_back(self_);
  for (const auto& [who, x] : links_)
    if (is_grown(x, now)) // so it is not forgotten
      result.alive.push_back(who);
  std::ranges::copy(spoken_for(to, now), std::back_inserter(result.alive));
  sort_unique(result.alive);
  return result;
}

void replica::say_where_we_stand(replica_id to, std::uint64_t number,
                                 instant now) {
  if (waits_for_winner(to, now))
    return;
  if (to < self_)
    post(to, hail{});
  else
    post(to, stance{number, where_we_stand(to, now), young_for(now)});
}

// Strangers are answered, too, and nothing is kept about them.

void replica::on(replica_id from, hail&&, moment now) {
  if (from < self_)
    return refuse();
  auto l = find(from);
  say_where_we_stand(from, l ? l->stance : 0, now.at);
}

void replica::on(replica_id from, stance&& x, moment now) {
  if (from > self_ || x.where.who != from)
    return refuse();
  if (waits_for_winner(from, now.at))
    return; // it says it again
  auto v = judge(where_we_stand(from, now.at), x.where);
  if (auto i = beaten_.find(from); i != beaten_.end() && x.number <= i->second)
    v = {false, true, {}, std::move(v.of_second)}; // it was told so
  if (v.first_yields)
    return begin_anew(x.where.horizon, {from, std::move(v.of_first)}, now);
  if (v.second_yields)
    note_beaten(from, x.number);
  post(from, judgement{x.number, map_.seen().horizon(), young_for(now.at),
                       side_, v.second_yields, std::move(v.of_second)});
  auto l = find(from);
  if (l && !v.second_yields) {
    met(from, *l, {std::move(v.of_first), x.young_for, x.where.side}, now);
  } else if (l && l->is_met) {
    begin_meeting(from, *l, now);
  }
}

void replica::note_beaten(replica_id who, std::uint64_t stance) {
  if (beaten_.size() >= most_beaten)
    beaten_.clear();
  auto& newest = beaten_[who];
  newest = std::max(newest, stance); // they may come in any order
}

void replica::on(replica_id from, judgement&& x, moment now) {
  auto l = find(from);
  if (!l || l->stance != x.number)
    return; // late, or twice
  note_side(now.at);
  auto has_grown = is_weaker(l->told, side_);
  if (has_grown && (x.yields || !x.whom.empty()))
    return begin_meeting(from, *l, now);
  if (x.yields)
    return begin_anew(x.horizon, {from, std::move(x.whom)}, now);
  // We have forgotten it since we said where we stand.
  if (map_.seen().is_forgotten(from))
    return begin_meeting(from, *l, now);
  met(from, *l, {std::move(x.whom), x.young_for, x.side}, now);
}

} // namespace horde::sync
