// SPDX-License-Identifier: MIT
//
// The network of `cluster_sim`: dials, links, datagrams, and what goes wrong
// with them.

#include <algorithm>
#include <utility>

#include "sim/cluster_sim.hpp"

namespace horde::sim {

using namespace std::chrono_literals;

// -- network -----------------------------------------------------------------

void cluster_sim::dial_from(host x, const endpoint& to) {
  ++dials_;
  auto y = std::stoul(to.host.substr(to.host.rfind('.') + 1));
  after(latency(), [this, x, y, life = hosts_[x].life] {
    if (lives(x, life))
      answer_dial(x, life, y);
  });
}

void cluster_sim::answer_dial(host x, std::uint64_t life, host y) {
  const auto& to = hosts_[y].at;
  auto answer = [&](duration d, event f) {
    after(d, [this, x, life, f = std::move(f)] {
      if (lives(x, life))
        step(x, f);
    });
  };
  auto wait = hosts_[y].paused_until - now_;
  if (hosts_[y].view && duration::zero() < wait && wait < 2900ms)
    after(wait, [this, x, y, life] {
      if (lives(x, life))
        answer_dial(x, life, y);
    });
  else if (is_cut(x, y) || is_mute(x, y) || is_mute(y, x)
           || wait > duration::zero())
    answer(3s, [this, &to](auto& view) {
      return view.dial_failed(to, false, clock());
    });
  else if (!hosts_[y].view)
    answer(latency(), [this, &to](auto& view) {
      return view.dial_failed(to, true, clock());
    });
  else if (x == y || open_at(x, y))
    answer(latency(), [this, &to, who = id(y)](auto& view) {
      return view.dial_redundant(to, who, clock());
    });
  else
    open_link(x, y);
}

void cluster_sim::open_link(host x, host y) {
  auto stale = open_at(y, x);
  auto key = links_.size();
  links_.push_back({link_end{x, hosts_[x].life, true, {}, {}},
                    link_end{y, hosts_[y].life, true, {}, {}}});
  for (auto [a, b] : {std::pair{x, y}, std::pair{y, x}}) {
    auto& ids = hosts_[a].links[b];
    std::erase_if(ids, [this](link_id id) {
      return !links_[id][0].is_open && !links_[id][1].is_open;
    });
    ids.push_back(key);
  }
  for (auto [a, b] : {std::pair{x, y}, std::pair{y, x}})
    after(latency(), [this, key, a = a, life = hosts_[a].life, who = id(b)] {
      if (lives(a, life) && links_[key][end_of(key, a)].is_open)
        step(a, [this, key, who](auto& v) {
          return v.linking(key, who, clock());
        });
    });
  deliver(key, 0, [this, key, who = id(y), to = hosts_[y].at](auto& view) {
    return view.linked(key, who, to, clock(), to);
  });
  deliver(key, 1, [this, key, who = id(x), at = hosts_[x].at](auto& view) {
    return view.linked(key, who, at, clock());
  });
  if (stale)
    hang_up(*stale, end_of(*stale, y));
}

void cluster_sim::hang_up(link_id id, std::size_t end) {
  deliver(id, end, [this, id, end](auto& view) {
    links_[id][end].is_open = false;
    return view.link_lost(id, clock());
  });
}

std::optional<link_id> cluster_sim::open_at(host x, host y) const {
  auto ids = hosts_[x].links.find(y);
  if (ids == hosts_[x].links.end())
    return std::nullopt;
  for (auto id : ids->second) {
    const auto& here = links_[id][end_of(id, x)];
    const auto& there = links_[id][1 - end_of(id, x)];
    if (here.is_open && here.life == hosts_[x].life
        && there.life == hosts_[y].life)
      return id;
  }
  return std::nullopt;
}

std::size_t cluster_sim::end_of(link_id id, host x) const {
  return links_[id][0].at == x ? 0 : 1;
}

void cluster_sim::send(host x, const node_id& to, event f) {
  auto key = hosts_[x].view->link_to(to);
  if (!key)
    return;
  auto end = end_of(*key, x);
  if (!links_[*key][end].is_open)
    return;
  ++messages_;
  deliver(*key, 1 - end, std::move(f));
}

void cluster_sim::send_datagram(host x, const send_beat& what) {
  ++datagrams_;
  auto end = 1 - end_of(what.link, x);
  if (!links_[what.link][1 - end].is_open)
    return; // the door knows no such link
  auto y = links_[what.link][end].at;
  if (what.over_link)
    deliver(what.link, end, [this, id = what.link, beat = what.what](auto& v) {
      return v.heard_beat(id, beat, false, clock());
    });
  if (!no_datagrams_ && !is_cut(x, y) && !is_mute(x, y)
      && below(rng_, 100) >= lost_percent_)
    agenda_.put(now_ + latency(), arriving_beat{what.link, end, what.what});
}

void cluster_sim::arrive(const arriving_beat& x) {
  const auto& end = links_[x.link][x.end];
  if (lives(end.at, end.life))
    step(end.at, [this, x](auto& view) {
      return view.heard_beat(x.link, x.what, true, clock());
    });
}

/// What loss costs a link.
duration cluster_sim::retransmissions() {
  duration result{};
  for (auto wait = 200ms; below(rng_, 100) < lost_percent_; wait *= 2)
    result += wait;
  return result;
}

void cluster_sim::deliver(link_id id, std::size_t end, event f) {
  auto& there = links_[id][end];
  if (is_mute(links_[id][1 - end].at, there.at)) {
    there.late.push_back(std::move(f));
    return;
  }
  there.last = std::max(now_ + latency() + retransmissions(), there.last + 1ns);
  after(there.last - now_, [this, id, end, f = std::move(f)] {
    auto at = links_[id][end].at;
    if (links_[id][end].is_open && lives(at, links_[id][end].life))
      step(at, f);
  });
}

void cluster_sim::close_end(link_id id, std::size_t end) {
  // Not in order: what was under way is lost, and the two ends notice at
  // different times, so that half-open links happen.
  after(duration{below(rng_, 20'000'000)}, [this, id, end] {
    auto& here = links_[id][end];
    if (std::exchange(here.is_open, false) && lives(here.at, here.life))
      step(here.at,
           [this, id](auto& view) { return view.link_lost(id, clock()); });
  });
}

void cluster_sim::break_link(host a, host b) {
  troubled_at_ = now_;
  for (auto id : hosts_[a].links[b]) {
    close_end(id, 0);
    close_end(id, 1);
  }
}

std::pair<host, host> cluster_sim::pair(host a, host b) {
  return {std::min(a, b), std::max(a, b)};
}

bool cluster_sim::is_cut(host a, host b) const {
  return cuts_.contains(pair(a, b));
}

void cluster_sim::cut(host a, host b) {
  if (cuts_.insert(pair(a, b)).second)
    break_link(a, b);
}

void cluster_sim::heal(host a, host b) {
  if (cuts_.erase(pair(a, b)))
    last_cut_[pair(a, b)] = troubled_at_ = now_;
}

void cluster_sim::isolate(host x) {
  for (host y = 0; y < hosts_.size(); ++y)
    if (y != x)
      cut(x, y);
}

void cluster_sim::heal_all() {
  while (!cuts_.empty())
    heal(cuts_.begin()->first, cuts_.begin()->second);
  while (!mute_.empty())
    mend(mute_.begin()->first, mute_.begin()->second);
}

void cluster_sim::mute(host from, host to) {
  troubled_at_ = now_;
  if (from != to)
    mute_.insert({from, to});
}

void cluster_sim::mute_all_of(host x) {
  for (host y = 0; y < hosts_.size(); ++y) {
    mute(x, y);
    mute(y, x);
  }
}

void cluster_sim::mend(host from, host to) {
  if (mute_.erase({from, to}) == 0)
    return;
  last_cut_[pair(from, to)] = troubled_at_ = now_;
  for (auto id : hosts_[to].links[from])
    for (auto& f : std::exchange(links_[id][end_of(id, to)].late, {}))
      deliver(id, end_of(id, to), std::move(f));
}

} // namespace horde::sim
