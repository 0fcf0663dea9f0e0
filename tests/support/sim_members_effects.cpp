// SPDX-License-Identifier: MIT
//
// What members ask of the world, and the processes in it.

#include "support/sim_members.hpp"

#include <algorithm>

#include "horde/overload.hpp"

namespace horde::sim {

using namespace std::chrono_literals;

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
        [&](const scheduling::export_state& x) { export_state(node, x); },
        [&](const scheduling::merge_child& x) {
          auto p = find_process(node, x.start);
          if (p == nullptr || !p->running)
            return violate("who does not run is to merge");
          p->counter += exports_.at(std::stoul(*x.state)).counter;
        },
        [&](const scheduling::moved& x) {
          if (nodes_[node].asked.erase(x.start) == 0)
            violate("a move was told twice, or of who was not asked");
        },
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
        [&](const child_event& x) { nodes_[node].events.push_back(x); },
        [&](const scheduling::gave_up& x) { nodes_[node].gave_up = x.why; },
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
  p.counter = import_state(x);
  processes_.emplace(number, std::move(p));
  if (cfg_.exclusive)
    check_token(x);
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
  check_exclusive(p);
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
  else if (below(rng_, 100) < f.passive_percent)
    at(now_ + up_to(f.crashes_after),
       [=, this] { end_process(number, supervision::exit_kind::passive); });
  std::string refused;
  if (below(rng_, 100) < f.refuses_state_percent) {
    refused = "as told";
    p.counter = 0;
  }
  nodes_[node].started.push_back({start, p.actor, "info", std::move(refused)});
  gather(node);
}

void sim_members::gather(std::size_t node) {
  if (cfg_.gathers_within == duration::zero() || below(rng_, 2) == 0)
    return bring_gathered(node);
  at(now_ + up_to(cfg_.gathers_within), [=, this, life = nodes_[node].lives] {
    if (is_alive(node) && nodes_[node].lives == life)
      bring_gathered(node);
  });
}

void sim_members::bring_gathered(std::size_t node) {
  auto started = std::exchange(nodes_[node].started, {});
  auto calls = std::exchange(nodes_[node].calls, {});
  if (!started.empty())
    perform(node, on(node).children_started(std::move(started), moment_now()));
  if (!calls.empty())
    perform(node, on(node).start_children(std::move(calls), moment_now()));
}

/// Who was started anew since has forgotten the former one.
void sim_members::check_token(const scheduling::start_child& x) {
  auto& last = tokens_[x.spec.id];
  auto knew_it = std::ranges::count_if(nodes_, [&](const auto& node) {
    return node.machine != nullptr && node.booted <= last.given;
  });
  if (x.attempt <= last.attempt && !terminated_.contains(x.spec.id)
      && static_cast<std::size_t>(knew_it) == nodes_.size())
    violate("'" + x.spec.id + "' got a token again");
  last = {x.attempt, now_};
}

/// A factory that outlives the lease makes something that is killed at once.
void sim_members::check_exclusive(const process& x) {
  auto is_other = [&](const auto& p) {
    return &p.second != &x && p.second.spec.id == x.spec.id && p.second.running
           && !p.second.abandoned;
  };
  if (cfg_.exclusive && !x.abandoned
      && std::ranges::any_of(processes_, is_other))
    violate("'" + x.spec.id + "' runs twice");
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
  auto why = how == supervision::exit_kind::crash ? "boom" : "done";
  bring_gathered(node); // nothing ends before it is known to run
  perform(node, on(node).child_exited(start, how, moment_now(), why));
}

void sim_members::stop_process(std::size_t node,
                               const scheduling::stop_child& x) {
  auto is_killed = x.how.kind == shutdown_kind::brutal_kill;
  for (auto& [number, p] : processes_)
    if (p.node == node && p.start == x.start && (!p.stopping || is_killed)) {
      p.stopping = true;
      at(now_ + up_to(is_killed ? 1ms : factories[p.spec.type].stops_within),
         [this, n = number] { end_process(n, supervision::exit_kind::clean); });
      return;
    }
}

void sim_members::export_state(std::size_t node,
                               const scheduling::export_state& x) {
  auto p = find_process(node, x.start);
  if (p == nullptr || !p->running || p->stopping)
    return violate("who does not run is asked for its state");
  if (std::exchange(p->is_asked, true))
    violate("'" + p->spec.id + "' is asked for its state twice");
  nodes_[node].asked.insert(x.start);
  const auto& f = factories[p->spec.type];
  if (below(rng_, 100) < f.keeps_silent_percent)
    return;
  at(now_ + up_to(f.gives_state_within), [=, this, start = x.start,
                                          life = nodes_[node].lives] {
    auto it = is_alive(node) && nodes_[node].lives == life
                ? find_process(node, start)
                : nullptr;
    if (it == nullptr)
      return;
    exports_.push_back({it->spec.id, it->attempt, it->counter});
    perform(node, on(node).state_exported(
                    start, std::to_string(exports_.size() - 1), moment_now()));
  });
}

std::uint64_t sim_members::import_state(const scheduling::start_child& x) {
  if (!x.state)
    return 0;
  const auto& given = exports_.at(std::stoul(*x.state));
  if (given.id != x.spec.id || given.attempt >= x.attempt)
    violate("'" + x.spec.id + "' is given a state of another start");
  return given.counter;
}

bool sim_members::count(const std::string& id) {
  for (auto& [number, p] : processes_)
    if (p.spec.id == id && p.running && !p.is_asked) {
      ++p.counter;
      return true;
    }
  return false;
}

sim_members::process* sim_members::find_process(std::size_t node,
                                                scheduling::token start) {
  for (auto& [number, p] : processes_)
    if (p.node == node && p.start == start)
      return &p;
  return nullptr;
}

} // namespace horde::sim
