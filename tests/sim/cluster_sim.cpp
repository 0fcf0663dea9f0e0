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
  troubled_at_ = now_ - 1h;
}

// -- time --------------------------------------------------------------------

void cluster_sim::after(duration d, action f) {
  agenda_.put(now_ + d, std::move(f));
}

duration cluster_sim::latency() {
  return 50us + duration{below(rng_, 1'950'000)};
}

void cluster_sim::run_for(duration d) {
  auto until = now_ + d;
  while (!agenda_.empty() && agenda_.next() <= until) {
    now_ = agenda_.next();
    auto thing = agenda_.take();
    if (auto beat = std::get_if<arriving_beat>(&thing))
      arrive(*beat);
    else
      std::get<action>(thing)();
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
  started_at_ = h.started = h.paused_until = now_;
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
  for (const auto& [peer, ids] : hosts_[x].links)
    for (auto id : ids) {
      auto end = end_of(id, x);
      if (links_[id][end].life == who.life.started) {
        links_[id][end].is_open = false;
        hang_up(id, 1 - end);
      }
    }
  if (!with_goodbye)
    expect_obituaries(who, is_calm() ? prompt_death() : late_death());
}

void cluster_sim::pause(host x, duration d) {
  auto& h = hosts_[x];
  auto limit = is_calm() ? silent_death() : late_death();
  if (h.paused_until <= now_)
    h.paused_since = now_;
  h.paused_until = std::max(h.paused_until, now_ + d);
  troubled_at_ = now_;
  if (is_alive(x) && d > limit)
    expect_obituaries(id(x), limit);
  after(d, [this, x] { go_on(x); });
}

void cluster_sim::go_on(host x) {
  auto& h = hosts_[x];
  if (now_ < h.paused_until)
    return;
  h.longest_pause = std::max(h.longest_pause, now_ - h.paused_since);
  if (now_ - h.paused_since > long_pause())
    last_long_pause_[x] = now_;
  auto starved = std::exchange(h.starved, {}); // all that it finds in one go
  troubled_at_ = now_;
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
                   auto end = end_of(e.link, x);
                   links_[e.link][end].is_open = false;
                   hang_up(e.link, 1 - end);
                 },
                 [&](const tell_peer& e) {
                   news_ += e.news.size();
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

} // namespace horde::sim
