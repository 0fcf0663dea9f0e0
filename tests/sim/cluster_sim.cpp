// SPDX-License-Identifier: MIT

#include "sim/cluster_sim.hpp"

#include <algorithm>
#include <string_view>

#include "horde/overload.hpp"

namespace horde::sim {

using namespace std::chrono_literals;

cluster_sim::cluster_sim(std::uint64_t seed, std::size_t hosts,
                         cluster_config cfg)
    : cfg_(cfg), rng_(seed), hosts_(hosts) {
  for (host x = 0; x < hosts; ++x)
    hosts_[x].at = {"10.0.0." + std::to_string(x), 4711};
}

// -- time --------------------------------------------------------------------

void cluster_sim::after(duration d, action f) {
  agenda_[{now_ + d, sequence_++}] = std::move(f);
}

duration cluster_sim::latency() {
  return 50us + duration{below(rng_, 1'950'000)};
}

void cluster_sim::run_for(duration d) {
  auto until = now_ + d;
  while (!agenda_.empty() && agenda_.begin()->first.first <= until) {
    auto next = agenda_.extract(agenda_.begin());
    now_ = next.key().first;
    next.mapped()();
  }
  now_ = until;
}

// -- nodes -------------------------------------------------------------------

node_id cluster_sim::id(host x) const {
  return {"n" + std::to_string(x), {hosts_[x].life, 7}};
}

host cluster_sim::host_of(const node_id& who) const {
  return std::stoul(who.name.substr(1));
}

bool cluster_sim::lives(host x, std::uint64_t life) const {
  return hosts_[x].view && hosts_[x].life == life;
}

void cluster_sim::start(host x) {
  auto& h = hosts_[x];
  h.paused_until = now_;
  h.starved = {};
  h.found.clear();
  ++h.life;
  h.has_left = false;
  h.wakes_at = never;
  h.view = std::make_unique<cluster_view>(id(x), h.at, cfg_, rng_());
}

void cluster_sim::connect(host from, host to) {
  step(from, [&](auto& view) { return view.connect(hosts_[to].at, clock()); });
}

void cluster_sim::kill(host x) {
  stop(x, false);
}

void cluster_sim::say_goodbye(host x) {
  stop(x, true);
}

void cluster_sim::stop(host x, bool with_goodbye) {
  auto who = id(x);
  if (with_goodbye)
    for (const auto& peer : hosts_[x].view->nodes())
      send(x, peer.who, [this, who](auto& view) {
        return view.heard_goodbye(who, clock());
      });
  died_[who] = now_;
  hosts_[x].has_left = with_goodbye;
  hosts_[x].view.reset();
  for (auto& [key, ends] : links_)
    for (auto end : {0U, 1U})
      if (ends[end].at == x && ends[end].life == who.life.started) {
        ends[end].is_open = false;
        hang_up(key, 1 - end);
      }
}

void cluster_sim::step(host x, const event& f) {
  auto& h = hosts_[x];
  if (!h.view)
    return;
  if (h.starved > duration::zero() && h.paused_until <= now_
      && h.found.empty()) {
    auto range = static_cast<std::uint64_t>(h.starved.count());
    pause(x, duration{1 + below(rng_, range)});
  }
  if (now_ < h.paused_until) {
    h.found.push_back([this, x, f, life = h.life] {
      if (lives(x, life))
        step(x, f);
    });
    return;
  }
  auto out = f(*h.view);
  perform(x, out);
  schedule_tick(x);
}

void cluster_sim::pause(host x, duration d) {
  auto& h = hosts_[x];
  if (h.paused_until <= now_)
    h.paused_since = now_;
  h.paused_until = std::max(h.paused_until, now_ + d);
  after(d, [this, x] { go_on(x); });
}

void cluster_sim::go_on(host x) {
  auto& h = hosts_[x];
  if (now_ < h.paused_until)
    return;
  h.longest_pause = std::max(h.longest_pause, now_ - h.paused_since);
  if (now_ - h.paused_since > 2s)
    last_long_pause_[x] = now_;
  auto starved = std::exchange(h.starved, {}); // all that it finds in one go
  for (auto& f : std::exchange(h.found, {}))
    f();
  h.starved = starved;
}

void cluster_sim::schedule_tick(host x) {
  auto& h = hosts_[x];
  auto at = h.view->wake_at();
  if (at <= now_)
    fault("wake_at is not in the future");
  if (at == never || (h.wakes_at > now_ && h.wakes_at <= at))
    return;
  h.wakes_at = at;
  after(at - now_, [this, x, at, life = h.life] {
    if (!lives(x, life) || hosts_[x].wakes_at != at)
      return;
    hosts_[x].wakes_at = never;
    step(x, [this](auto& view) { return view.tick(clock()); });
  });
}

void cluster_sim::perform(host x, const cluster_effects& out) {
  auto me = id(x);
  for (const auto& effect : out) {
    note(effect.index() * 1000 + x);
    std::visit(overload{
                 [&](const dial& e) { dial_from(x, e.to); },
                 [&](const close_link& e) {
                   auto i = links_.find(e.link);
                   if (i == links_.end())
                     return;
                   auto end = i->second[0].at == x ? 0U : 1U;
                   i->second[end].is_open = false;
                   hang_up(e.link, 1 - end);
                 },
                 [&](const tell_peer& e) {
                   send(x, e.to, [this, me, news = e.news](auto& view) {
                     return view.heard(me, news, clock());
                   });
                 },
                 [&](const ask_peer& e) {
                   send(x, e.to, [this, me, whom = e.whom](auto& view) {
                     return view.asked(me, whom, clock());
                   });
                 },
                 [&](const send_beat& e) { send_datagram(x, e); },
                 [&](const announce& e) { observe(x, e.event); },
               },
               effect);
  }
}

// -- network -----------------------------------------------------------------

void cluster_sim::dial_from(host x, const endpoint& to) {
  ++dials_;
  auto y = std::find_if(hosts_.begin(), hosts_.end(),
                        [&](const auto& h) { return h.at == to; })
           - hosts_.begin();
  after(latency(), [this, x, y = static_cast<host>(y), life = hosts_[x].life] {
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
  std::erase_if(links_, [](const auto& entry) {
    const auto& [a, b] = entry.second;
    return !a.is_open && !b.is_open;
  });
  auto stale = open_at(y, x);
  auto key = next_link_++;
  links_[key] = {link_end{x, hosts_[x].life, true, {}, {}},
                 link_end{y, hosts_[y].life, true, {}, {}}};
  deliver(key, 0, [this, key, who = id(y), to = hosts_[y].at](auto& view) {
    return view.linked(key, who, to, clock(), to);
  });
  deliver(key, 1, [this, key, who = id(x), at = hosts_[x].at](auto& view) {
    return view.linked(key, who, at, clock());
  });
  if (stale)
    hang_up(*stale, links_[*stale][0].at == y ? 0 : 1);
}

void cluster_sim::hang_up(link_id id, std::size_t end) {
  deliver(id, end, [this, id, end](auto& view) {
    links_[id][end].is_open = false;
    return view.link_lost(id, clock());
  });
}

std::optional<link_id> cluster_sim::open_at(host x, host y) const {
  for (const auto& [key, ends] : links_)
    for (auto end : {0U, 1U}) {
      const auto& here = ends[end];
      const auto& there = ends[1 - end];
      if (here.at == x && here.life == hosts_[x].life && here.is_open
          && there.at == y && there.life == hosts_[y].life)
        return key;
    }
  return std::nullopt;
}

void cluster_sim::send(host x, const node_id& to, event f) {
  auto key = hosts_[x].view->link_to(to);
  if (!key || !links_.contains(*key))
    return;
  auto& ends = links_[*key];
  auto end = ends[0].at == x ? 0U : 1U;
  if (!ends[end].is_open)
    return;
  ++messages_;
  deliver(*key, 1 - end, std::move(f));
}

void cluster_sim::send_datagram(host x, const send_beat& what) {
  ++datagrams_;
  auto i = links_.find(what.link);
  if (i == links_.end())
    return;
  auto end = i->second[0].at == x ? 1U : 0U;
  auto y = i->second[end].at;
  auto arrives = [this, id = what.link, beat = what.what](bool by_datagram) {
    return [this, id, beat, by_datagram](auto& view) {
      return view.heard_beat(id, beat, by_datagram, clock());
    };
  };
  if (what.over_link && i->second[1 - end].is_open)
    deliver(what.link, end, arrives(false));
  if (no_datagrams_ || is_cut(x, y) || is_mute(x, y)
      || below(rng_, 100) < lost_percent_)
    return;
  after(latency(), [this, y, life = i->second[end].life, f = arrives(true)] {
    if (lives(y, life))
      step(y, f);
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
    auto i = links_.find(id);
    if (i == links_.end() || !i->second[end].is_open)
      return;
    auto at = i->second[end].at;
    if (lives(at, i->second[end].life))
      step(at, f);
  });
}

void cluster_sim::close_end(link_id id, std::size_t end) {
  // Not in order: what was under way is lost, and the two ends notice at
  // different times, so that half-open links happen.
  after(duration{below(rng_, 20'000'000)}, [this, id, end] {
    auto i = links_.find(id);
    if (i == links_.end() || !i->second[end].is_open)
      return;
    auto& here = i->second[end];
    here.is_open = false;
    if (lives(here.at, here.life))
      step(here.at,
           [this, id](auto& view) { return view.link_lost(id, clock()); });
  });
}

void cluster_sim::close_links(host a, std::optional<host> b) {
  for (auto& [key, ends] : links_)
    for (auto end : {0U, 1U})
      if (ends[end].at == a && (!b || ends[1 - end].at == *b)) {
        close_end(key, 0);
        close_end(key, 1);
      }
}

void cluster_sim::break_link(host a, host b) {
  close_links(a, b);
}

std::pair<host, host> cluster_sim::pair(host a, host b) {
  return {std::min(a, b), std::max(a, b)};
}

bool cluster_sim::is_cut(host a, host b) const {
  return cuts_.contains(pair(a, b));
}

void cluster_sim::cut(host a, host b) {
  if (cuts_.insert(pair(a, b)).second)
    close_links(a, b);
}

void cluster_sim::heal(host a, host b) {
  if (cuts_.erase(pair(a, b)))
    last_cut_[pair(a, b)] = now_;
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
  last_cut_[pair(from, to)] = now_;
  for (auto& [id, ends] : links_)
    for (auto end : {0U, 1U})
      if (ends[end].at == to && ends[1 - end].at == from)
        for (auto& f : std::exchange(ends[end].late, {}))
          deliver(id, end, std::move(f));
}

// -- chaos -------------------------------------------------------------------

std::vector<host> cluster_sim::all(bool alive) const {
  std::vector<host> result;
  for (host x = 0; x < hosts_.size(); ++x)
    if (is_alive(x) == alive)
      result.push_back(x);
  return result;
}

void cluster_sim::disturb() {
  auto alive = all(true);
  auto dead = all(false);
  auto any = [this](const auto& xs) { return xs[below(rng_, xs.size())]; };
  auto a = any(alive);
  auto b = (a + 1 + below(rng_, hosts_.size() - 1)) % hosts_.size();
  switch (below(rng_, 15)) {
  case 0:
    if (alive.size() > 2)
      kill(a);
    break;
  case 1:
    if (alive.size() > 2)
      say_goodbye(a);
    break;
  case 2:
  case 3:
    if (!dead.empty()) {
      auto x = any(dead);
      start(x);
      connect(x, a);
    }
    break;
  case 4: break_link(a, b); break;
  case 5: cut(a, b); break;
  case 6: // two sides
    for (auto x : alive)
      for (auto y : alive)
        if (x < y && (x + a) % 2 != (y + a) % 2)
          cut(x, y);
    break;
  case 7: heal(a, b); break;
  case 8: heal_all(); break;
  case 9: mute(a, b); break;
  case 10:
    mute(a, b);
    mute(b, a);
    break;
  case 11: mute_all_of(a); break;
  case 12:
    pause(a, 1ms * below(rng_, below(rng_, 2) == 0 ? 2000 : 20'000));
    break;
  case 13: starve(a, 1ms * below(rng_, 300)); break;
  case 14: lose_packets(static_cast<unsigned>(below(rng_, 21))); break;
  }
}

} // namespace horde::sim
