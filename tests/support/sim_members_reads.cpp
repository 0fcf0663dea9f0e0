// SPDX-License-Identifier: MIT
//
// What a test may ask about simulated members.

#include "support/sim_members.hpp"

#include <algorithm>

#include "horde/hash.hpp"

namespace horde::sim {

using namespace std::chrono_literals;

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

void sim_members::visit_running(
  const std::function<void(std::uint64_t, std::size_t, const std::string&)>& f)
  const {
  for (const auto& [number, p] : processes_)
    if (p.running)
      f(p.actor, p.node, p.spec.id);
}

std::multiset<std::string> sim_members::running() const {
  std::multiset<std::string> result;
  for (const auto& [number, p] : processes_)
    if (p.running)
      result.insert(p.spec.id);
  return result;
}

std::optional<std::uint64_t> sim_members::counted(const std::string& id) const {
  std::optional<std::uint64_t> result;
  for (const auto& [number, p] : processes_)
    if (p.spec.id == id && p.running)
      result = p.counter;
  return runs_on(id).size() == 1 ? result : std::nullopt;
}

std::size_t sim_members::moves_untold() const {
  std::size_t result = 0;
  for (auto i : alive())
    result += nodes_[i].asked.size();
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
  auto newest = scheduling::newest_wanted(on(node).replica(), id);
  return newest ? std::optional{newest->record.spec} : std::nullopt;
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
  std::size_t passive = 0;
  for (const auto& x : children) {
    auto what = "'" + x.id + "' ";
    auto is_passive = x.state == scheduling::child_state::passive;
    passive += is_passive ? 1 : 0;
    if (processes.count(x.id) != (is_passive ? 0 : 1))
      return what + "runs " + std::to_string(processes.count(x.id))
             + " times; it is " + std::string{to_string(x.state)} + " on "
             + x.member.node;
    if (is_passive)
      continue;
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
  if (processes.size() + passive != children.size())
    return "something runs that is not wanted";
  return {};
}

namespace {

bool says_it_runs(child_change x) {
  return x == child_change::started || x == child_change::restarted
         || x == child_change::moved || x == child_change::activated;
}

/// What is wrong with the events of one child, given what it is now.
std::string problem_of(const std::vector<child_event>& told,
                       const scheduling::child_info* now) {
  const child_event* last_run = nullptr;
  bool waits = false;
  for (std::size_t i = 0; i < told.size(); ++i) {
    const auto& x = told[i];
    if (i > 0 && told[i - 1].what == child_change::ended
        && x.what == child_change::ended)
      return "ended twice";
    if (x.what == child_change::ended)
      last_run = nullptr;
    if (x.what == child_change::released && !waits)
      return "is released, and did not wait";
    waits = x.what == child_change::quarantined
            || (waits && x.what == child_change::crashed);
    if (says_it_runs(x.what) && last_run != nullptr && last_run->pid == x.pid)
      return "a process is told to run twice";
    if (says_it_runs(x.what))
      last_run = &x;
  }
  bool is_over = told.empty() || told.back().what == child_change::ended;
  if (now == nullptr)
    return is_over ? "" : "is gone, which was not told";
  if (now->state != scheduling::child_state::running)
    return {};
  if (last_run == nullptr)
    return "runs, which was not told";
  return last_run->pid == now->pid && last_run->attempt == now->attempt
             && last_run->member == now->member
           ? ""
           : "runs, which was told of another process";
}

} // namespace

std::string sim_members::untold() const {
  for (auto i : alive()) {
    std::map<std::string, std::vector<child_event>> told;
    for (const auto& x : nodes_[i].events)
      told[x.id].push_back(x);
    for (const auto& x : on(i).children())
      told[x.id];
    for (const auto& [id, events] : told) {
      auto now = on(i).find(id);
      // Until its owner is known to be gone or says so, it has not ended.
      auto placed = membership::make_key(membership::record_kind::placed, id);
      if (!now && !on(i).replica().versions(placed).empty())
        continue;
      auto problem = problem_of(events, now ? &*now : nullptr);
      if (!problem.empty())
        return nodes_[i].name + " says '" + id + "' " + problem;
    }
  }
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
