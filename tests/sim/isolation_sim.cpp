// SPDX-License-Identifier: MIT

#include "sim/isolation_sim.hpp"

#include <set>

namespace horde::sim {

using namespace std::chrono_literals;

namespace {

constexpr duration at_once = 100ms;
constexpr const char* bad_types[] = {"poison", "slow", "sticky"};

} // namespace

isolation_sim::isolation_sim(std::uint64_t seed)
    : rng_(seed), members_(seed, 2 + seed % 4) {
  members_.factories["ok"] = {.longest = 5ms, .stops_within = 1ms};
  members_.factories["poison"] = {.crashes_percent = 100,
                                  .crashes_after = 20ms};
  members_.factories["slow"] = {.shortest = 10s, .longest = 10s};
  members_.factories["sticky"] = {.stops_within = 4s};
}

std::string isolation_sim::run() {
  members_.run_for(500ms);
  std::string problem;
  for (int i = 0; i < 60 && problem.empty(); ++i) {
    auto dice = below(rng_, 10);
    if (dice < 4)
      start_good();
    else if (dice < 8)
      start_bad();
    else
      end_bad();
    members_.run_for(at_once
                     + duration{below(rng_, std::uint64_t{500'000'000})});
    problem = check();
  }
  return problem;
}

void isolation_sim::start_good() {
  auto id = "good-" + std::to_string(good_.size());
  good_.push_back(members_.start_child(random_node(), child(id)));
}

void isolation_sim::start_bad() {
  auto spec = child("bad-" + std::to_string(bad_.size()));
  spec.type = bad_types[below(rng_, std::size(bad_types))];
  bad_.push_back(spec.id);
  members_.start_child(random_node(), std::move(spec));
}

void isolation_sim::end_bad() {
  if (!bad_.empty())
    members_.terminate(random_node(), bad_[below(rng_, bad_.size())]);
}

std::string isolation_sim::check() const {
  std::set<std::uint64_t> running;
  members_.visit_running(
    [&](auto actor, auto, const auto&) { running.insert(actor); });
  for (auto call : good_) {
    const auto& x = members_.call(call);
    if (x.starts.empty() || x.answered - x.asked > at_once)
      return "the start of '" + x.id + "' was delayed";
    if (!running.contains(members_.started_pid(call).actor))
      return "'" + x.id + "' does not run as it was started";
    if (members_.starts_of(x.id) != 1)
      return "'" + x.id + "' was started again";
  }
  return members_.violation();
}

std::uint64_t isolation_sim::bad_starts() const {
  std::uint64_t result = 0;
  for (const auto& id : bad_)
    result += members_.starts_of(id);
  return result;
}

} // namespace horde::sim
