// SPDX-License-Identifier: MIT

#include "support/sim_members.hpp"

#include <algorithm>

namespace horde::sim {

using namespace std::chrono_literals;

supervision::child_spec child(std::string id, restart when) {
  supervision::child_spec result;
  result.id = std::move(id);
  result.type = "ok";
  result.when = when;
  return result;
}

sim_members::sim_members(std::uint64_t seed, std::size_t n, sim_config cfg)
    : network(seed ^ 0x6e6574), rng_(seed), cfg_(std::move(cfg)), nodes_(n) {
  for (std::size_t i = 0; i < n; ++i)
    nodes_[i].name = "node-" + std::to_string(i);
  for (std::size_t i = 0; i < n; ++i)
    boot(i);
}

// -- nodes -------------------------------------------------------------------

void sim_members::boot(std::size_t node) {
  auto& x = nodes_[node];
  if (x.lives++ > 0)
    x.earlier.push_back(x.id);
  x.withdrawn = false;
  x.booted = now_;
  x.id = {
    x.name,
    {static_cast<std::uint64_t>(now_.time_since_epoch().count()), rng_()}};
  x.replica = make_replica_id(era_at(moment_now().wall), rng_());
  scheduling::config cfg;
  cfg.roster.self = member(node);
  cfg.roster.node = x.id;
  cfg.roster.mode = cfg_.mode;
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    cfg.roster.list.push_back(member(i));
  if (cfg_.adjust)
    cfg_.adjust(cfg);
  x.machine = std::make_unique<scheduling::scheduler>(cfg, x.replica, rng_());
  x.events.clear();
  x.asked.clear();
  x.machine->tell_events(true);
  if (auto problem = x.machine->restore(moment_now()))
    violate(problem->what);
  perform(node, x.machine->start(moment_now()));
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (i == node)
      continue;
    if (is_cut(i, node)) {
      network.cut(nodes_[i].replica, x.replica);
      network.cut(x.replica, nodes_[i].replica);
    }
    if (is_alive(i) && !is_cut(i, node)) {
      meet(i, node);
      meet(node, i);
    } else if (nodes_[i].lives > 0 && cfg_.tells_of_the_dead) {
      lose(node, i, false, node_state::down);
    }
  }
}

void sim_members::kill(std::size_t node) {
  note("kill " + nodes_[node].name);
  vanish(node, node_state::down);
}

void sim_members::vanish(std::size_t node, node_state how) {
  std::erase_if(processes_,
                [&](const auto& p) { return p.second.node == node; });
  for (auto& x : calls_)
    if (x.node == node && x.starts.empty() && x.terminates.empty())
      x.lost = true;
  nodes_[node].machine = nullptr;
  nodes_[node].calls.clear();
  nodes_[node].started.clear();
  forget_tokens();
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (i == node)
      continue;
    network.cut(nodes_[node].replica, nodes_[i].replica);
    network.cut(nodes_[i].replica, nodes_[node].replica);
    if (is_alive(i))
      lose(i, node, how == node_state::left, how);
  }
}

/// What nobody knows any more may be used again: too many died at once.
void sim_members::forget_tokens() {
  for (auto& [id, last] : tokens_) {
    std::uint64_t known = 0;
    for (auto i : alive())
      if (auto x = on(i).find(id))
        known = std::max(known, x->attempt);
    last.attempt = std::min(last.attempt, known);
  }
}

void sim_members::restart(std::size_t node) {
  if (is_alive(node))
    return;
  note("restart " + nodes_[node].name);
  boot(node);
}

void sim_members::cut(std::size_t a, std::size_t b) {
  if (a == b || !cuts_.insert(pair_of(a, b)).second)
    return;
  note("cut " + nodes_[a].name + " " + nodes_[b].name);
  if (!is_alive(a) || !is_alive(b))
    return;
  network.cut(nodes_[a].replica, nodes_[b].replica);
  network.cut(nodes_[b].replica, nodes_[a].replica);
  lose(a, b, false, node_state::down);
  lose(b, a, false, node_state::down);
}

void sim_members::heal(std::size_t a, std::size_t b) {
  if (cuts_.erase(pair_of(a, b)) == 0)
    return;
  note("heal " + nodes_[a].name + " " + nodes_[b].name);
  if (!is_alive(a) || !is_alive(b))
    return;
  network.heal(nodes_[a].replica, nodes_[b].replica);
  network.heal(nodes_[b].replica, nodes_[a].replica);
  meet(a, b);
  meet(b, a);
}

void sim_members::mute(std::size_t from, std::size_t to) {
  if (from == to || !is_alive(from) || !is_alive(to) || is_cut(from, to)
      || !muted_.insert({from, to}).second)
    return;
  note("mute " + nodes_[from].name + " " + nodes_[to].name);
  network.cut(nodes_[from].replica, nodes_[to].replica);
}

void sim_members::heal_all() {
  for (auto [from, to] : std::exchange(muted_, {}))
    if (is_alive(from) && is_alive(to) && !is_cut(from, to))
      network.heal(nodes_[from].replica, nodes_[to].replica);
  for (auto [a, b] : std::set<node_pair>{cuts_})
    heal(a, b);
}

/// News about `of` reach `node` in order, `after` or a little later.
void sim_members::hear(std::size_t node, duration after,
                       std::function<void()> f, std::size_t of) {
  auto& last = last_news_[{node, of}];
  last = std::max(last + 1us, now_ + after + up_to(cfg_.hears_within));
  at(last, [this, node, life = nodes_[node].lives, f = std::move(f)] {
    if (is_alive(node) && nodes_[node].lives == life)
      f();
  });
}

void sim_members::lose(std::size_t observer, std::size_t subject, bool stopped,
                       node_state at_last) {
  auto who = nodes_[subject].id;
  auto replica = nodes_[subject].replica;
  auto generation = ++news_generation_[{observer, subject}];
  hear(
    observer, 0s,
    [=, this] {
      part(observer, replica, stopped);
      perform(observer,
              on(observer).node_changed(
                who, stopped ? at_last : node_state::suspect, moment_now()));
      if (stopped)
        return;
      at(now_ + cfg_.down_after + up_to(cfg_.hears_within),
         [=, this, life = nodes_[observer].lives] {
           if (is_alive(observer) && nodes_[observer].lives == life
               && news_generation_[{observer, subject}] == generation)
             perform(observer,
                     on(observer).node_changed(who, at_last, moment_now()));
         });
    },
    subject);
}

void sim_members::part(std::size_t observer, replica_id from, bool stopped) {
  auto out = on(observer).peer_down(from, stopped, moment_now());
  if (on(observer).replica().neighbours().empty())
    for (auto& x : calls_)
      if (x.node == observer && x.starts.empty() && x.terminates.empty())
        x.alone = true;
  perform(observer, std::move(out));
}

void sim_members::meet(std::size_t observer, std::size_t subject) {
  ++news_generation_[{observer, subject}];
  auto life = nodes_[subject].lives;
  hear(
    observer, 0s,
    [=, this] {
      if (!is_alive(subject) || nodes_[subject].lives != life
          || is_cut(observer, subject))
        return;
      const auto& x = nodes_[subject];
      // A newer incarnation supersedes the older ones.
      for (const auto& before :
           cfg_.tells_of_the_dead ? x.earlier : std::vector<node_id>{})
        perform(observer, on(observer).node_changed(before, node_state::down,
                                                    moment_now()));
      perform(observer,
              on(observer).node_changed(x.id, node_state::up, moment_now()));
      perform(observer, on(observer).peer_up(member(subject), x.id, x.replica,
                                             moment_now()));
    },
    subject);
}

void sim_members::renew(std::size_t node, replica_id renewed) {
  note("renewed " + nodes_[node].name);
  ++renewals_;
  auto former = std::exchange(nodes_[node].replica, renewed);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (i == node)
      continue;
    if (is_cut(i, node)) {
      network.cut(nodes_[i].replica, renewed);
      network.cut(renewed, nodes_[i].replica);
    }
    if (!is_alive(i) || is_cut(i, node))
      continue;
    hear(
      i, 0s, [this, i, former] { part(i, former, true); }, node);
    meet(i, node);
    meet(node, i);
  }
}

// -- callers -----------------------------------------------------------------

std::size_t sim_members::add_start(std::size_t node,
                                   const supervision::child_spec& spec) {
  auto number = calls_.size();
  sim_call x;
  x.node = node;
  x.asked = now_;
  x.id = spec.id;
  x.spec = spec;
  x.alone = on(node).replica().neighbours().empty();
  calls_.push_back(std::move(x));
  note("start_child " + spec.id);
  return number;
}

std::size_t sim_members::start_child(std::size_t node,
                                     supervision::child_spec spec,
                                     start_ack ack) {
  auto number = add_start(node, spec);
  nodes_[node].calls.push_back({number, std::move(spec), ack});
  gather(node);
  return number;
}

std::size_t sim_members::find_or_start(std::size_t node,
                                       supervision::child_spec spec) {
  auto number = add_start(node, spec);
  nodes_[node].calls.push_back(
    {number, std::move(spec), start_ack::standard, true});
  gather(node);
  return number;
}

std::size_t sim_members::terminate(std::size_t node, const std::string& id) {
  auto number = calls_.size();
  sim_call x;
  x.node = node;
  x.asked = now_;
  x.id = id;
  x.alone = on(node).replica().neighbours().empty();
  calls_.push_back(std::move(x));
  terminated_.insert(id);
  note("terminate " + id);
  perform(node, on(node).terminate_child(number, id, moment_now()));
  return number;
}

std::size_t sim_members::terminate(std::size_t node, const pid& who) {
  auto number = calls_.size();
  sim_call x;
  x.node = node;
  x.asked = now_;
  calls_.push_back(std::move(x));
  perform(node, on(node).terminate_child(number, who, moment_now()));
  return number;
}

std::size_t sim_members::activate(std::size_t node, const std::string& id) {
  auto number = calls_.size();
  sim_call x;
  x.node = node;
  x.asked = now_;
  x.id = id;
  calls_.push_back(std::move(x));
  note("activate " + id);
  perform(node, on(node).activate_child(number, id, moment_now()));
  return number;
}

void sim_members::rebalance(std::size_t node) {
  std::vector<scheduling::planned_move> plan;
  perform(node, on(node).rebalance(plan, moment_now()));
}

void sim_members::drain(std::size_t node) {
  note("drain " + nodes_[node].name);
  perform(node, on(node).drain(moment_now()));
}

std::optional<failure> sim_members::release(std::size_t node,
                                            const std::string& id) {
  note("release " + id);
  std::optional<failure> problem;
  perform(node, on(node).release_child(id, moment_now(), problem));
  return problem;
}

std::optional<failure>
sim_members::set_members(std::size_t node, const std::vector<std::size_t>& list,
                         bool force) {
  members ids;
  for (auto i : list)
    ids.push_back(member(i));
  note("set_members " + std::to_string(list.size()));
  std::optional<failure> problem;
  perform(node, on(node).set_members(ids, force, moment_now(), problem));
  return problem;
}

bool sim_members::crash(std::size_t node, const std::string& id,
                        supervision::exit_kind how) {
  for (auto& [number, p] : processes_)
    if (p.node == node && p.spec.id == id && p.running) {
      end_process(number, how);
      return true;
    }
  return false;
}

// -- time --------------------------------------------------------------------

void sim_members::run_until(instant t) {
  instant busy = now_;
  int steps = 0;
  for (;;) {
    auto next = std::min(network.next_at(),
                         events_.empty() ? never : events_.begin()->first);
    for (const auto& x : nodes_)
      if (x.machine)
        next = std::min(next, std::max(x.machine->wake_at(), now_));
    if (next > t)
      break;
    steps = next == busy ? steps + 1 : 0;
    busy = next;
    if (steps > 20'000)
      return violate("time stands still");
    now_ = std::max(now_, next);
    if (network.next_at() <= now_) {
      auto x = network.receive();
      for (std::size_t i = 0; x.bytes && i < nodes_.size(); ++i)
        if (is_alive(i) && nodes_[i].replica == x.to)
          perform(i, on(i).receive(x.from, *x.bytes, moment_now()));
    } else if (!events_.empty() && events_.begin()->first <= now_) {
      auto f = std::move(events_.extract(events_.begin()).mapped());
      f();
    } else {
      wake();
    }
  }
  now_ = t;
}

void sim_members::wake() {
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    if (is_alive(i) && on(i).wake_at() <= now_) {
      perform(i, on(i).tick(moment_now()));
      return;
    }
}

bool sim_members::run_while_not(const std::function<bool()>& f,
                                duration at_most) {
  auto end = now_ + at_most;
  while (!f() && now_ < end)
    run_for(1ms);
  return f();
}

} // namespace horde::sim
