// SPDX-License-Identifier: MIT

#include "support/sim_members.hpp"

#include <algorithm>

#include "horde/hash.hpp"
#include "horde/overload.hpp"

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
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (i == node)
      continue;
    network.cut(nodes_[node].replica, nodes_[i].replica);
    network.cut(nodes_[i].replica, nodes_[node].replica);
    if (is_alive(i))
      lose(i, node, how == node_state::left, how);
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

void sim_members::heal_all() {
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
      perform(observer, on(observer).peer_down(replica, stopped, moment_now()));
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
      i, 0s,
      [this, i, former] {
        perform(i, on(i).peer_down(former, true, moment_now()));
      },
      node);
    meet(i, node);
    meet(node, i);
  }
}

// -- callers -----------------------------------------------------------------

std::size_t sim_members::start_child(std::size_t node,
                                     supervision::child_spec spec) {
  auto number = calls_.size();
  sim_call x;
  x.node = node;
  x.asked = now_;
  x.id = spec.id;
  x.spec = spec;
  x.alone = on(node).replica().neighbours().empty();
  calls_.push_back(std::move(x));
  note("start_child " + spec.id);
  perform(node, on(node).start_child(number, std::move(spec), moment_now()));
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

void sim_members::drain(std::size_t node) {
  note("drain " + nodes_[node].name);
  perform(node, on(node).drain(moment_now()));
}

std::optional<failure>
sim_members::set_members(std::size_t node,
                         const std::vector<std::size_t>& list) {
  members ids;
  for (auto i : list)
    ids.push_back(member(i));
  note("set_members " + std::to_string(list.size()));
  std::optional<failure> problem;
  perform(node, on(node).set_members(ids, moment_now(), problem));
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

// -- effects -----------------------------------------------------------------

void sim_members::perform(std::size_t node, scheduling::effects out) {
  for (auto& effect : out)
    std::visit(
      overload{
        [&](const scheduling::start_child& x) { run_factory(node, x); },
        [&](const scheduling::abandon_start& x) {
          if (auto p = find_process(node, x.start))
            p->abandoned = true;
        },
        [&](const scheduling::stop_child& x) { stop_process(node, x); },
        [&](const scheduling::answer_start& x) {
          auto& call = calls_[x.caller];
          call.starts.push_back(x.result);
          call.answered = now_;
          note("answer_start " + std::to_string(x.caller) + " "
               + std::to_string(x.result.index()));
          if (call.starts.size() > 1)
            violate("a start was answered twice: " + call.id);
        },
        [&](const scheduling::answer_terminate& x) {
          auto& call = calls_[x.caller];
          call.terminates.push_back(x.problem);
          call.answered = now_;
          note("answer_terminate " + std::to_string(x.caller));
          if (call.terminates.size() > 1)
            violate("a terminate was answered twice: " + call.id);
        },
        [&](const scheduling::send& x) {
          network.send({nodes_[node].replica, x.to, x.bytes}, now_);
        },
        [&](const scheduling::renewed& x) { renew(node, x.id); },
        [&](const scheduling::drained&) {
          note("drained " + nodes_[node].name);
          if (std::exchange(nodes_[node].withdrawn, true))
            violate("drained twice");
          at(now_ + 1ms, [this, node, life = nodes_[node].lives] {
            if (is_alive(node) && nodes_[node].lives == life)
              vanish(node, node_state::left);
          });
        },
      },
      effect);
}

void sim_members::run_factory(std::size_t node,
                              const scheduling::start_child& x) {
  for (const auto& [number, p] : processes_)
    if (p.node == node && p.spec.id == x.spec.id)
      violate("'" + x.spec.id + "' is started while its last copy is there");
  ++starts_[x.spec.id];
  note("run " + x.spec.id + " on " + nodes_[node].name);
  auto number = next_process_++;
  process p;
  p.node = node;
  p.start = x.start;
  p.spec = x.spec;
  p.attempt = x.attempt;
  processes_.emplace(number, std::move(p));
  const auto& f = factories[x.spec.type];
  at(now_ + f.shortest + up_to(f.longest - f.shortest),
     [this, number, life = nodes_[node].lives] { factory_done(number, life); });
}

void sim_members::factory_done(std::uint64_t number, std::uint64_t) {
  auto found = processes_.find(number);
  if (found == processes_.end())
    return; // its node died
  auto& p = found->second;
  const auto& f = factories[p.spec.type];
  auto node = p.node;
  auto start = p.start;
  auto luck = below(rng_, 100);
  if (luck < f.fails_percent + f.ignores_percent) {
    auto why = luck < f.fails_percent ? errc::start_failed : errc::ignored;
    processes_.erase(found);
    perform(node,
            on(node).child_not_started(start, {why, "as told"}, moment_now()));
    return;
  }
  p.running = true;
  p.actor = next_actor_++;
  // A shell may stop what was abandoned by itself, or report it first.
  if (p.abandoned && below(rng_, 2) == 0) {
    at(now_ + up_to(f.stops_within),
       [=, this] { end_process(number, supervision::exit_kind::clean); });
    return;
  }
  if (below(rng_, 100) < f.crashes_percent)
    at(now_ + up_to(f.crashes_after),
       [=, this] { end_process(number, supervision::exit_kind::crash); });
  else if (below(rng_, 100) < f.ends_percent)
    at(now_ + up_to(f.crashes_after),
       [=, this] { end_process(number, supervision::exit_kind::clean); });
  perform(node, on(node).child_started(start, p.actor, "info", moment_now()));
}

void sim_members::end_process(std::uint64_t number,
                              supervision::exit_kind how) {
  auto found = processes_.find(number);
  if (found == processes_.end())
    return;
  auto node = found->second.node;
  auto start = found->second.start;
  note("end " + found->second.spec.id + " on " + nodes_[node].name);
  processes_.erase(found);
  perform(node, on(node).child_exited(start, how, moment_now()));
}

void sim_members::stop_process(std::size_t node,
                               const scheduling::stop_child& x) {
  for (auto& [number, p] : processes_)
    if (p.node == node && p.start == x.start && !p.stopping) {
      p.stopping = true;
      at(now_ + up_to(factories[p.spec.type].stops_within),
         [this, n = number] { end_process(n, supervision::exit_kind::clean); });
      return;
    }
}

sim_members::process* sim_members::find_process(std::size_t node,
                                                scheduling::token start) {
  for (auto& [number, p] : processes_)
    if (p.node == node && p.start == start)
      return &p;
  return nullptr;
}

// -- what is -----------------------------------------------------------------

member_id sim_members::member(std::size_t node) const {
  return {"workers", nodes_[node].name};
}

std::vector<std::size_t> sim_members::alive() const {
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    if (is_alive(i))
      result.push_back(i);
  return result;
}

std::size_t sim_members::linked_peers(std::size_t node) const {
  return is_alive(node) ? on(node).replica().neighbours().size() : 0;
}

bool sim_members::is_linked_to_the_dead(std::size_t node) const {
  auto linked = on(node).replica().neighbours();
  return std::ranges::any_of(linked, [this](replica_id x) {
    return std::ranges::none_of(
      alive(), [&](std::size_t i) { return on(i).replica().id() == x; });
  });
}

const scheduling::start_result&
sim_members::start_answer(std::size_t number) const {
  static const scheduling::start_result none =
    failure{errc::none, "not answered"};
  const auto& x = calls_[number];
  return x.starts.empty() ? none : x.starts.front();
}

pid sim_members::started_pid(std::size_t number) const {
  auto x = std::get_if<scheduling::started>(&start_answer(number));
  return x != nullptr ? x->pid : pid{};
}

std::vector<std::size_t> sim_members::runs_on(const std::string& id) const {
  std::vector<std::size_t> result;
  for (const auto& [number, p] : processes_)
    if (p.spec.id == id && p.running)
      result.push_back(p.node);
  return result;
}

std::multiset<std::string> sim_members::running() const {
  std::multiset<std::string> result;
  for (const auto& [number, p] : processes_)
    if (p.running)
      result.insert(p.spec.id);
  return result;
}

std::uint64_t sim_members::starts_of(const std::string& id) const {
  auto found = starts_.find(id);
  return found == starts_.end() ? 0 : found->second;
}

std::optional<supervision::child_spec>
sim_members::spec_of(const std::string& id) const {
  for (const auto& [number, p] : processes_)
    if (p.spec.id == id && p.running)
      return p.spec;
  return std::nullopt;
}

std::optional<supervision::child_spec>
sim_members::wanted_spec(std::size_t node, const std::string& id) const {
  auto record = scheduling::newest_wanted(on(node).replica(), id);
  return record ? std::optional{record->spec} : std::nullopt;
}

std::string sim_members::disagreement() const {
  auto nodes = alive();
  if (nodes.empty())
    return running().empty() ? "" : "processes without a node";
  auto children = on(nodes.front()).children();
  for (auto i : nodes)
    if (on(i).children() != children)
      return nodes_[i].name + " sees other children than "
             + nodes_[nodes.front()].name;
  auto processes = running();
  for (const auto& x : children) {
    auto what = "'" + x.id + "' ";
    if (processes.count(x.id) != 1)
      return what + "runs " + std::to_string(processes.count(x.id))
             + " times; it is " + std::string{to_string(x.state)} + " on "
             + x.member.node;
    if (x.state != scheduling::child_state::running)
      return what + "is " + std::string{to_string(x.state)};
    for (const auto& [number, p] : processes_)
      if (p.spec.id == x.id
          && (p.actor != x.pid.actor || nodes_[p.node].name != x.member.node
              || nodes_[p.node].id.life != x.pid.node
              || p.attempt != x.attempt))
        return what + "runs elsewhere or as another process than recorded";
    if (spec_of(x.id) != wanted_spec(nodes.front(), x.id))
      return what + "runs with another spec than wanted";
  }
  if (processes.size() != children.size())
    return "something runs that is not wanted";
  return {};
}

void sim_members::violate(const std::string& what) {
  if (violation_.empty())
    violation_ = what + " at "
                 + std::to_string((now_.time_since_epoch() - 1h) / 1ms) + " ms";
}

void sim_members::note(std::string_view what) {
  trace_ = hash64(
    what, trace_ + static_cast<std::uint64_t>(now_.time_since_epoch().count()));
}

} // namespace horde::sim
