// SPDX-License-Identifier: MIT
//
// How a replica passes on what others cannot tell each other.

#include <algorithm>
#include <utility>

#include "horde/sync/replica.hpp"

namespace horde::sync {

void replica::relay(const crdt::news::item& x, std::span<const replica_id> to,
                    moment now) {
  // Each replica passes on what is new to it, so it comes to an end; but whole,
  // as a version travels together with what it replaced.
  if (!map_.is_news(x))
    return;
  // To pass it on would be to say that a version is gone that is only
  // forgotten.
  if (is_half_forgotten(x)) {
    for (auto who : to)
      invite(who, now);
    return;
  }
  std::vector<crdt::dot> dots;
  x.any_dot([&](crdt::dot d) {
    dots.push_back(d);
    return false;
  });
  for (auto who : to) {
    auto& queue = links_.at(who).relayed;
    auto& told = queue[x.hash()];
    told.insert(told.end(), dots.begin(), dots.end());
    if (std::max(queue.size(), told.size()) <= cfg_.max_relayed_keys)
      continue;
    queue.clear(); // it is too slow
    invite(who, now);
  }
}

bool replica::is_half_forgotten(const crdt::news::item& x) const {
  auto is_lost = [&](std::string_view key, crdt::dot d) {
    if (!map_.seen().is_forgotten(d.who))
      return false;
    auto here = map_.versions(x.hash(), key);
    return std::ranges::find(here, d, &crdt::version_view::id) == here.end();
  };
  for (std::size_t i = 0; i < x.size(); ++i)
    for (const auto& v : x[i].versions)
      if (is_lost(x[i].name, v.id))
        return true;
  return false;
}

void replica::take_back(const crdt::news& forgotten, moment now) {
  for (std::size_t i = 0; i < forgotten.size(); ++i)
    for (auto& [who, x] : links_)
      if (x.relayed.erase(forgotten[i].hash()) > 0)
        invite(who, now);
}

void replica::take_back(const crdt::causal_context& seen, moment now) {
  auto is_forgotten = [&](const auto& told) {
    return std::ranges::any_of(
      told.second, [&](crdt::dot d) { return seen.is_forgotten(d.who); });
  };
  for (auto& [who, x] : links_)
    if (std::erase_if(x.relayed, is_forgotten) > 0)
      invite(who, now);
}

void replica::invite(replica_id to, moment now) {
  if (auto x = find(to))
    say(to, *x, true, now);
}

bool replica::is_stuck(const link& x) {
  return x.flight && x.flight_timer->count() >= repetitions_to_be_stuck;
}

std::vector<replica_id> replica::reached() const {
  std::vector<replica_id> result;
  for (const auto& [who, x] : links_)
    if (x.is_met && !is_stuck(x))
      result.push_back(who);
  return result;
}

void replica::update_mesh(moment now) {
  auto reached_now = reached();
  if (reached_now != announced_)
    for (auto& [who, x] : links_)
      x.is_told = false;
  // Links come and go together: what is told is where that ends.
  auto is_owed = std::ranges::any_of(links_, [](const auto& x) {
    return x.second.is_met && !x.second.is_told && !is_stuck(x.second);
  });
  if (!is_owed)
    announce_at_ = never;
  else if (announce_at_ == never)
    announce_at_ = now.at + cfg_.retransmit_after;
  for (auto who : mesh_.update(std::move(reached_now)))
    invite(who, now);
}

void replica::announce_reach(moment now) {
  announce_at_ = never;
  announced_ = reached();
  for (auto who : announced_)
    if (auto& x = links_.at(who); !x.is_told)
      say(who, x, x.said && x.said->invites, now);
}

void replica::say(replica_id to, link& x, bool invites, moment now) {
  x.is_told = announced_ == reached();
  x.is_missed = false;
  x.is_kept = false;
  x.newest = ++notices_;
  x.said = notice{x.newest, announced_, invites, x.noticed == 0};
  x.said_timer.emplace(cfg_, now.at);
  post(to, *x.said);
}

void replica::on(replica_id from, notice&& x, moment now) {
  auto l = find(from);
  post(from, noted{x.version, l != nullptr});
  if (!l || x.version <= l->noticed)
    return; // a stranger, who is asked when it is none; late or twice
  l->noticed = x.version;
  mesh_.told(from, std::move(x.reached));
  if (from == defeat_.by)
    meet_the_others(now.at);
  // It may have begun anew, while nothing changed for us.
  if (x.asks && l->said)
    l->is_missed = true;
  else if (x.asks)
    l->is_told = false;
  update_mesh(now);
  if (x.invites)
    catch_up_anew(from, *l, now);
}

void replica::on(replica_id from, noted&& x, moment now) {
  auto l = find(from);
  if (!l || x.version > l->newest)
    return;
  if (x.version < l->newest) {
    l->is_missed |= x.is_kept; // it may be that it knows this one only
  } else if (l->said) {
    l->said.reset();
    l->is_kept = x.is_kept;
  }
  if (l->said || l->is_kept || !l->is_missed)
    return;
  l->is_told = false; // it took us for a stranger, and knows us since
  update_mesh(now);
}

} // namespace horde::sync
