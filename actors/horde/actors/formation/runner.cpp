// SPDX-License-Identifier: MIT

#include "horde/actors/formation/runner.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <random>
#include <system_error>
#include <thread>
#include <utility>

#include "horde/formation/lookup_plan.hpp"

namespace horde::formation {

namespace {

moment now() {
  using std::chrono::duration_cast;
  auto steady = std::chrono::steady_clock::now().time_since_epoch();
  auto wall = std::chrono::system_clock::now().time_since_epoch();
  return {instant{duration_cast<duration>(steady)},
          wall_time{duration_cast<duration>(wall)}};
}

std::uint64_t random_seed() {
  std::random_device x;
  return (std::uint64_t{x()} << 32U) | x();
}

lookup_config config_of(const topology& x) {
  lookup_config result;
  result.interval = x.interval;
  result.jitter_percent = x.jitter_percent;
  return result;
}

/// Strategies of users may throw.
lookup_result guarded_lookup(strategy& how, waker& by) {
  auto fail = [](const std::string& why) {
    return failure{errc::not_found, "the lookup threw: " + why};
  };
  try {
    return how.look_up(by);
  } catch (const std::exception& x) {
    return fail(x.what());
  } catch (...) {
    return fail("an unknown exception");
  }
}

} // namespace

struct runner::state {
  state(const topology& what, strategy_ptr strategy, const endpoint& self_at)
      : name(what.name), kind(what.kind), prune(what.prune),
        how(std::move(strategy)),
        plan(self_at, config_of(what), random_seed()) {}

  void run();
  void look_up();
  void wait_for_next();

  const std::string name;
  const std::string kind;
  const bool prune;
  waker by;
  strategy_ptr how; ///< of the thread alone
  sink out;         ///< the same

  mutable std::mutex mutex; ///< guards the rest
  std::condition_variable ended;
  bool is_running = false;
  lookup_plan plan;
  wall_time next{};
  std::vector<formation_counter> counters;
  std::optional<std::vector<std::string>> secrets; ///< new ones
};

void runner::state::run() {
  while (!by.is_stopped()) {
    look_up();
    wait_for_next();
  }
  how.reset(); // before it counts as ended: it may hold files and sockets
  out = nullptr;
  std::lock_guard guard{mutex};
  is_running = false;
  ended.notify_all();
}

void runner::state::look_up() {
  std::optional<std::vector<std::string>> fresh;
  {
    std::lock_guard guard{mutex};
    fresh = std::exchange(secrets, std::nullopt);
    next = {};
  }
  if (fresh)
    how->set_secrets(*fresh);
  auto began = now();
  auto result = guarded_lookup(*how, by);
  auto then = now();
  if (by.is_stopped())
    return;
  lookup_report report;
  report.took = then.at - began.at;
  report.when = then.wall;
  if (auto* problem = std::get_if<failure>(&result))
    report.problem = *problem;
  {
    std::lock_guard guard{mutex};
    auto change = plan.ended(result, then);
    next = then.wall + (plan.due() - then.at);
    counters = how->counters();
    report.found = std::move(change.found);
    report.gone = std::move(change.gone);
    if (!report.problem)
      report.all.assign(plan.addresses().begin(), plan.addresses().end());
  }
  out(std::move(report));
}

void runner::state::wait_for_next() {
  if (by.is_stopped())
    return;
  auto limits = [this] { // the plan changes only in this thread
    std::lock_guard guard{mutex};
    return std::pair{plan.due(), plan.earliest()};
  }();
  how->wait(limits.first - now().at, by);
  // Not all the time, however often it is told of changes.
  while (!by.is_stopped() && now().at < limits.second)
    by.sleep(limits.second - now().at);
}

runner::runner(const topology& what, strategy_ptr how, endpoint self_at)
    : state_(std::make_shared<state>(what, std::move(how), self_at)) {}

runner::~runner() {
  stop();
}

std::optional<failure> runner::start(sink out) {
  state_->out = std::move(out);
  state_->is_running = true;
  try {
    std::thread{[x = state_] { x->run(); }}.detach();
  } catch (const std::system_error& why) {
    state_->is_running = false;
    return failure{errc::start_failed,
                   "topology " + name() + ": no thread: " + why.what()};
  }
  return std::nullopt;
}

void runner::refresh() {
  state_->by.wake();
}

void runner::set_secrets(std::vector<std::string> secrets) {
  {
    std::lock_guard guard{state_->mutex};
    state_->secrets = std::move(secrets);
  }
  state_->by.wake();
}

void runner::stop() {
  state_->by.stop();
}

bool runner::wait(duration limit) {
  std::unique_lock guard{state_->mutex};
  return state_->ended.wait_for(guard, limit,
                                [this] { return !state_->is_running; });
}

const std::string& runner::name() const {
  return state_->name;
}

bool runner::prunes() const {
  return state_->prune;
}

formation_status runner::status() const {
  std::lock_guard guard{state_->mutex};
  const auto& count = state_->plan.count();
  formation_status result;
  result.topology = state_->name;
  result.kind = state_->kind;
  result.prune = state_->prune;
  result.lookups_ok = count.succeeded;
  result.lookups_empty = count.empty;
  result.lookups_failed = count.failed;
  result.last_error = count.last_error;
  result.last_ok = count.last_success;
  result.next_lookup = state_->next;
  const auto& all = state_->plan.addresses();
  result.addresses.assign(all.begin(), all.end());
  result.left_out = count.left_out;
  result.counters = state_->counters;
  return result;
}

} // namespace horde::formation
