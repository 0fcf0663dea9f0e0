// SPDX-License-Identifier: MIT

#include "sim/scheduler_sim.hpp"

#include <algorithm>

#include "sim/scheduler_sim_config.hpp"

namespace horde::sim {

using namespace std::chrono_literals;
using scheduling::already_started;
using scheduling::started;

namespace {

constexpr const char* types[] = {"ok",      "slow",  "flaky",
                                 "fragile", "picky", "idle"};

void set_types(std::map<std::string, factory>& x, bool kind) {
  x["ok"] = {};
  x["slow"] = {.shortest = 100ms,
               .longest = 2s,
               .stops_within = 300ms,
               .gives_state_within = 2s};
  x["flaky"] = {.longest = 20ms,
                .fails_percent = 30,
                .keeps_silent_percent = 30,
                .refuses_state_percent = 20};
  x["fragile"] = {.longest = 20ms, .crashes_percent = 60, .ends_percent = 20};
  x["idle"] = {.longest = 20ms, .passive_percent = 50};
  x["picky"] = {.longest = 20ms, .ignores_percent = 30};
  if (!kind)
    return;
  for (auto& [name, f] : x)
    f.fails_percent = f.ignores_percent = f.crashes_percent = f.ends_percent =
      f.keeps_silent_percent = f.passive_percent = 0;
}

/// Each member runs a copy.
supervision::child_spec on_each_member(std::uint64_t n) {
  auto result = child("id-all-" + std::to_string(n));
  result.scope = supervision::child_scope::each_member;
  return result;
}

/// Only a terminate ends it.
bool lasts(const supervision::child_spec& x) {
  return x.when == restart::permanent && x.type != "picky";
}

} // namespace

scheduler_sim::scheduler_sim(std::uint64_t seed)
    : rng_(seed), members_(seed, 2 + seed % 4, scheduler_sim_config(seed)),
      needs_quorum_(scheduler_sim_needs_quorum(seed)),
      forget_after_(scheduler_sim_forgets_after(seed)) {
  set_types(members_.factories, false);
}

std::string scheduler_sim::run() {
  members_.run_for(500ms);
  auto acts = 30 + below(rng_, 40);
  for (std::uint64_t i = 0; i < acts && problem_.empty(); ++i) {
    if (is_forgetful() && below(rng_, 10) == 0)
      part_for_long();
    else
      random_act();
    watch_for(duration{
      below(rng_, static_cast<std::uint64_t>(duration{400ms}.count()))});
  }
  make_peace();
  return problem_.empty() ? check_end() : problem_;
}

void scheduler_sim::watch_for(duration time) {
  auto end = members_.now() + time;
  while (members_.now() < end) {
    members_.run_for(5ms);
    read_answers();
  }
}

// -- acts --------------------------------------------------------------------

void scheduler_sim::random_act() {
  auto dice = below(rng_, 100);
  if (dice < 45)
    start_something();
  else if (dice < 57)
    terminate_something();
  else if (dice < 61)
    members_.activate(random_alive(), random_id());
  else if (dice < 67)
    crash_something();
  else if (dice < 80)
    change_the_links();
  else if (dice < 85)
    end_a_node();
  else if (dice < 91)
    restart_a_node();
  else if (dice < 95)
    change_the_members();
  else if (dice < 97)
    members_.rebalance(random_alive());
  else
    change_the_network();
}

void scheduler_sim::start_something() {
  auto spec = child(below(rng_, 3) == 0 ? "" : random_id());
  spec.type = types[below(rng_, std::size(types))];
  auto dice = below(rng_, 6);
  if (dice < 2)
    spec.when = dice == 0 ? restart::temporary : restart::transient;
  if (below(rng_, 5) == 0)
    spec.placement_key = "together";
  if (below(rng_, 5) == 0)
    spec.place.group = "apart";
  spec.args = std::to_string(below(rng_, 3));
  spec.hand_off = below(rng_, 3) == 0;
  spec.merges = below(rng_, 3) == 0;
  if (below(rng_, 10) == 0)
    spec = on_each_member(below(rng_, 2));
  if (!lasts(spec))
    passing_.insert(spec.id);
  if (!spec.id.empty() && below(rng_, 4) == 0)
    members_.find_or_start(random_alive(), std::move(spec));
  else
    members_.start_child(random_alive(), std::move(spec));
}

void scheduler_sim::terminate_something() {
  auto node = random_alive();
  auto children = members_.on(node).children();
  auto id =
    children.empty() ? random_id() : children[below(rng_, children.size())].id;
  if (below(rng_, 8) == 0)
    id = on_each_member(below(rng_, 2)).id;
  auto key = membership::make_key(membership::record_kind::wanted, id);
  std::vector<crdt::dot> removed;
  for (const auto& x : members_.on(node).replica().versions(key))
    removed.push_back(x.id);
  auto known = acknowledged_.find(id);
  if (known != acknowledged_.end() && known->second == fate::must_exist)
    known->second = fate::may_be_gone;
  terminated_.insert(id);
  auto before = members_.renewals();
  removed_.emplace(members_.terminate(node, id),
                   removal{std::move(removed), before});
}

void scheduler_sim::crash_something() {
  auto running = members_.running();
  if (running.empty())
    return;
  auto id = *std::next(
    running.begin(), static_cast<std::ptrdiff_t>(below(rng_, running.size())));
  members_.crash(members_.runs_on(id).front(), id);
}

void scheduler_sim::change_the_links() {
  auto dice = below(rng_, 4);
  if (dice == 0)
    return members_.heal_all();
  auto a = below(rng_, members_.size());
  if (dice == 1) { // cut off one
    for (std::size_t b = 0; b < members_.size(); ++b)
      members_.cut(a, b);
    return;
  }
  auto b = below(rng_, members_.size());
  if (members_.is_cut(a, b))
    members_.heal(a, b);
  else
    members_.cut(a, b);
}

/// In two sides that take each other for dead, in dynamic mode for departed.
/// Meanwhile both go on, and others depart.
void scheduler_sim::part_for_long() {
  std::vector<std::size_t> sides[2];
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    sides[below(rng_, 2)].push_back(i);
    all.push_back(i);
  }
  for (auto i : sides[0])
    for (auto j : sides[1])
      members_.cut(i, j);
  watch_for(2s); // now they are down to each other
  for (const auto& side : sides)
    set_members(side, side);
  for (auto n = below(rng_, 8); n > 0; --n) {
    watch_for(forget_after_ / 3);
    switch (below(rng_, 4)) {
    case 0: end_a_node(); break;
    case 1: restart_a_node(); break;
    case 2: terminate_something(); break;
    default: start_something(); break;
    }
  }
  watch_for(forget_after_);
  for (const auto& side : sides)
    if (below(rng_, 3) > 0)
      set_members(side, all);
  members_.heal_all();
}

void scheduler_sim::set_members(const std::vector<std::size_t>& on,
                                const std::vector<std::size_t>& list) {
  for (auto i : on)
    if (members_.is_alive(i)) {
      members_.set_members(i, list);
      return;
    }
}

void scheduler_sim::end_a_node() {
  if (members_.alive().size() < 2)
    return;
  auto node = random_alive();
  if (below(rng_, 3) == 0)
    return members_.drain(node);
  read_answers();
  members_.kill(node);
  ++deaths_;
  forget_lost_children();
}

void scheduler_sim::restart_a_node() {
  for (std::size_t i = 0; i < members_.size(); ++i)
    if (!members_.is_alive(i))
      return members_.restart(i);
}

void scheduler_sim::change_the_members() {
  std::vector<std::size_t> list;
  for (std::size_t i = 0; i < members_.size(); ++i)
    if (below(rng_, 3) != 0)
      list.push_back(i);
  auto node = random_alive();
  if (std::ranges::find(list, node) == list.end())
    list.push_back(node);
  members_.set_members(node, list);
}

void scheduler_sim::change_the_network() {
  if (below(rng_, 2) == 0)
    return members_.network.set_faults({});
  members_.network.set_faults({
    .lost_percent = static_cast<unsigned>(below(rng_, 30)),
    .repeated_percent = static_cast<unsigned>(below(rng_, 30)),
    .longest = 1ms * (1 + below(rng_, 200)),
  });
}

// -- answers -----------------------------------------------------------------

void scheduler_sim::read_answers() {
  for (; read_calls_ < members_.calls().size(); ++read_calls_)
    unread_.insert(read_calls_);
  for (auto i = unread_.begin(); i != unread_.end();) {
    const auto& x = members_.call(*i);
    if (x.starts.empty() && x.terminates.empty() && !x.lost) {
      ++i;
      continue;
    }
    if (!x.starts.empty())
      read_start(*i);
    else if (!x.terminates.empty())
      read_terminate(*i);
    i = unread_.erase(i);
  }
  // A drained node is gone like a dead one, only that it said goodbye. What
  // only one has that was away may be lost when it hears who was forgotten.
  auto alive = members_.alive().size();
  auto known = is_forgetful() ? known_replicas() : known_;
  if (alive != alive_ || known != known_) {
    alive_ = alive;
    known_ = std::move(known);
    forget_lost_children();
  }
  renewals_ = members_.renewals();
  if (!members_.violation().empty())
    fail(members_.violation());
}

std::vector<std::vector<replica_id>> scheduler_sim::known_replicas() const {
  std::vector<std::vector<replica_id>> result;
  for (auto i : members_.alive())
    result.push_back(members_.on(i).replica().map().seen().replicas());
  return result;
}

bool scheduler_sim::must_be_shared(std::size_t node) const {
  // If a peer died and that was not noticed, it may have been the one. Or one
  // that began anew just now, and does not have it again.
  auto is_behind = [this](std::size_t i) {
    return !members_.on(i).replica().has_caught_up();
  };
  return members_.linked_peers(node) > 0
         && !members_.is_linked_to_the_dead(node)
         && std::ranges::none_of(members_.alive(), is_behind);
}

void scheduler_sim::read_start(std::size_t number) {
  const auto& call = members_.call(number);
  auto x = std::get_if<started>(&call.starts.front());
  if (x == nullptr)
    return;
  std::optional<scheduling::child_info> info;
  if (members_.is_alive(call.node))
    info = members_.on(call.node).find(x->id);
  // Others may have ended by themselves, and been taken out by their member.
  bool lasting = lasts(call.spec) && !passing_.contains(x->id)
                 && !terminated_.contains(x->id);
  if (lasting && !info && members_.is_alive(call.node)
      && renewals_ == members_.renewals())
    return fail("'" + x->id + "' was acknowledged and who asked cannot see it");
  lasting = lasting && info;
  if (!x->id.starts_with("id-") && acknowledged_.contains(x->id))
    return; // answered before
  acknowledged_.insert_or_assign(x->id, lasting && !is_in_danger(x->id)
                                          ? fate::must_exist
                                          : fate::may_be_gone);
  if (lasting && !call.alone && must_be_shared(call.node)
      && holders_of(x->id) < 2)
    fail("'" + x->id + "' was acknowledged and only one member has it");
}

void scheduler_sim::read_terminate(std::size_t call) {
  const auto& x = members_.call(call);
  // An id that was made belongs to one start: after its end nothing brings it
  // back. (One that was given may be started anew, also behind a cut.)
  if (x.terminates.front() || x.id.starts_with("id-"))
    return;
  // Else nobody may know any more what was removed.
  if (removed_.at(call).renewals != members_.renewals())
    return;
  if (auto known = acknowledged_.find(x.id); known != acknowledged_.end())
    known->second = fate::must_be_gone;
  if (!x.alone && must_be_shared(x.node) && witnesses_of(call, false) < 2)
    fail("the end of '" + x.id + "' was acknowledged and only one knows it");
}

std::size_t scheduler_sim::holders_of(const std::string& id) const {
  std::size_t result = 0;
  for (auto i : members_.alive())
    if (members_.on(i).find(id))
      ++result;
  return result;
}

bool scheduler_sim::is_in_danger(const std::string& id) const {
  auto key = membership::make_key(membership::record_kind::wanted, id);
  std::set<replica_id> writers;
  for (auto i : members_.alive())
    for (auto x : members_.on(i).replica().versions(key))
      writers.insert(x.id.who);
  return std::ranges::any_of(members_.alive(), [&](std::size_t i) {
    const auto& seen = members_.on(i).replica().map().seen();
    return !members_.on(i).find(id)
           && std::ranges::any_of(
             writers, [&](replica_id x) { return seen.is_forgotten(x); });
  });
}

std::size_t scheduler_sim::witnesses_of(std::size_t call,
                                        bool none_left) const {
  auto key = membership::make_key(membership::record_kind::wanted,
                                  members_.call(call).id);
  std::size_t result = 0;
  for (auto i : members_.alive()) {
    const auto& map = members_.on(i).replica().map();
    std::vector<crdt::dot> there;
    for (const auto& x : map.versions(key))
      there.push_back(x.id);
    // What came of another try of the same start is removed when it is met.
    auto knows = [&](crdt::dot x) {
      return map.seen().contains(x)
             && std::ranges::find(there, x) == there.end();
    };
    if (std::ranges::all_of(removed_.at(call).dots, knows)
        && (there.empty() || !none_left))
      ++result;
  }
  return result;
}

void scheduler_sim::forget_lost_children() {
  for (auto& [id, x] : acknowledged_)
    if (x == fate::must_exist && (holders_of(id) == 0 || is_in_danger(id)))
      x = fate::may_be_gone;
  for (const auto& [call, x] : removed_) {
    auto known = acknowledged_.find(members_.call(call).id);
    if (known != acknowledged_.end() && known->second == fate::must_be_gone
        && witnesses_of(call, true) == 0)
      known->second = fate::may_be_gone;
  }
}

// -- the end -----------------------------------------------------------------

void scheduler_sim::make_peace() {
  set_types(members_.factories, true);
  members_.network.set_faults({});
  members_.heal_all();
  if (members_.alive().empty())
    members_.restart(0);
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < members_.size(); ++i)
    all.push_back(i);
  if (below(rng_, 2) == 0)
    members_.set_members(random_alive(), all);
  watch_for(10s);
  if (members_.alive().empty()) // the last one has drained
    members_.restart(0);
  // Somebody must be there to run what is wanted.
  auto nobody = std::ranges::none_of(members_.alive(), [&](std::size_t i) {
    return members_.on(i).roster().is_member();
  });
  if (nobody)
    members_.set_members(members_.alive().front(), all, true);
  if (some_fit_nowhere() || some_are_missing())
    bring_back_all();
  auto is_done = [this] {
    return members_.disagreement().empty() && !some_are_missing()
           && check_copies().empty() && waiting_call().empty();
  };
  auto has_quorum = [this](std::size_t i) {
    return members_.on(i).has_quorum();
  };
  for (int i = 0; i < 60 && !is_done(); ++i) {
    members_.run_for(1s);
    if (needs_quorum_ && std::ranges::none_of(members_.alive(), has_quorum))
      bring_back_all(); // one was still draining
  }
  read_answers();
  if (is_forgetful()) // until all that departed are, and that is known
    watch_for(5s + 4 * forget_after_);
}

void scheduler_sim::bring_back_all() {
  for (std::size_t i = 0; i < members_.size(); ++i)
    if (!members_.is_alive(i))
      members_.restart(i);
  members_.run_for(2s); // until they have met
}

/// Without quorum they wait for those that are away.
bool scheduler_sim::some_fit_nowhere() const {
  auto has_none = [&](std::size_t i) { return !members_.on(i).has_quorum(); };
  if (needs_quorum_ && std::ranges::any_of(members_.alive(), has_none))
    return true;
  auto children = members_.on(members_.alive().front()).children();
  return std::ranges::any_of(children,
                             [](const auto& x) { return !x.problem.empty(); });
}

bool scheduler_sim::some_are_missing() const {
  return std::ranges::any_of(members_.alive(), [this](std::size_t i) {
    return !members_.on(i).missing().empty();
  });
}

/// Each member that may runs one of what all are to run.
std::string scheduler_sim::check_copies() const {
  for (auto i : members_.alive())
    for (std::uint64_t n = 0; n < 2; ++n) {
      auto id = on_each_member(n).id;
      auto copy = supervision::copy_id(id, members_.member(i).node);
      auto is_wanted = members_.on(i).find(id).has_value()
                       && members_.on(i).roster().is_member();
      if (is_wanted && !members_.on(i).has_quorum())
        continue;
      if (members_.runs_on(copy) != std::vector<std::size_t>(is_wanted, i))
        return "'" + copy + "' does not run where it should, or does";
    }
  return {};
}

std::string scheduler_sim::check_end() const {
  auto has_janitor = std::ranges::any_of(members_.alive(), [&](std::size_t i) {
    return members_.on(i).roster().is_janitor();
  });
  for (auto i : members_.alive()) { // of each node one may return
    auto known = members_.on(i).replica().stats().known_replicas;
    if (is_forgetful() && has_janitor && known > members_.size())
      return std::to_string(known) + " replicas are not forgotten";
  }
  if (auto x = check_members(); !x.empty())
    return x;
  if (auto x = members_.disagreement(); !x.empty())
    return x;
  if (auto x = members_.untold(); !x.empty())
    return x;
  if (auto x = check_copies(); !x.empty())
    return x;
  for (auto i : members_.alive())
    if (auto x = members_.on(i).missing(); !x.empty())
      return "a default child does not exist: " + x.front();
  if (members_.moves_untold() > 0)
    return "nobody was told where a child went that gave its state";
  for (auto i : members_.alive())
    for (const auto& [id, x] : acknowledged_)
      if (x == fate::must_exist && !members_.on(i).find(id))
        return "'" + id + "' was acknowledged and is gone";
      else if (x == fate::must_be_gone && members_.on(i).find(id))
        return "'" + id + "' was terminated and is back";
  return waiting_call();
}

std::string scheduler_sim::waiting_call() const {
  for (const auto& x : members_.calls())
    if (x.starts.empty() && x.terminates.empty() && !x.lost)
      return "nobody answered the call for '" + x.id + "'";
  return {};
}

/// In automatic mode those that are there, and those that may return.
std::string scheduler_sim::check_members() const {
  auto quorum_seen = members_.alive();
  std::erase_if(quorum_seen,
                [&](std::size_t i) { return !members_.on(i).has_quorum(); });
  for (auto i : members_.alive()) {
    const auto& roster = members_.on(i).roster();
    if (roster.mode() != member_mode::automatic)
      return {};
    for (std::size_t j = 0; j < members_.size(); ++j) {
      auto is_listed = roster.find(members_.member(j)) != nullptr;
      if (members_.is_alive(j) && !is_listed)
        return "a live member is not in the list of another";
      if (is_forgetful() && !members_.is_alive(j) && is_listed
          && !quorum_seen.empty())
        return "a member that is down for long is not removed";
    }
  }
  return {};
}

std::size_t scheduler_sim::random_alive() {
  auto alive = members_.alive();
  if (alive.empty()) {
    members_.restart(0);
    return 0;
  }
  return alive[below(rng_, alive.size())];
}

std::string scheduler_sim::random_id() {
  return "id-" + std::to_string(below(rng_, 25));
}

void scheduler_sim::fail(const std::string& what) {
  if (problem_.empty())
    problem_ = what;
}

} // namespace horde::sim
