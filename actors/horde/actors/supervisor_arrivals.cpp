// SPDX-License-Identifier: MIT
//
// The part of `supervisor_engine` that takes what many threads bring at once,
// callers who start children and factories that made one, many in one step.

#include "horde/actors/child_encoding.hpp"
#include "horde/actors/supervisor_engine.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde::actors {

namespace {

/// What others brought meanwhile is worked off so often by who brought
/// something, too.
constexpr int max_rounds_for_others = 8;

} // namespace

void append(scheduling::effects more, scheduling::effects& to) {
  if (to.empty())
    to = std::move(more);
  else
    std::move(more.begin(), more.end(), std::back_inserter(to));
}

void supervisor_engine::start_child(child_spec spec, start_callback done,
                                    start_ack ack) {
  ask_for_child(std::move(spec), ack, false, std::move(done));
}

void supervisor_engine::find_or_start(child_spec spec, start_callback done,
                                      start_ack ack) {
  ask_for_child(std::move(spec), ack, true, std::move(done));
}

void supervisor_engine::ask_for_child(child_spec spec, start_ack ack,
                                      bool finds, start_callback done) {
  auto encoded = encode_spec(node_->sys, std::move(spec));
  if (auto problem = std::get_if<failure>(&encoded))
    return done(to_error(*problem));
  bring(asked_child{std::get<supervision::child_spec>(std::move(encoded)), ack,
                    finds, std::move(done)});
}

void supervisor_engine::activate_child(const std::string& id,
                                       start_callback done) {
  auto stopped = false;
  step([&](moment now) -> scheduling::effects {
    if ((stopped = stopped_))
      return {};
    auto caller = next_caller_++;
    start_callers_.emplace(caller, std::move(done));
    return core_.activate_child(caller, id, now);
  });
  if (stopped)
    done(has_stopped());
}

void supervisor_engine::bring(arrival x) {
  if (arrivals_.bring(std::move(x)))
    work_off();
}

void supervisor_engine::work_off() {
  for (int i = 0; i < max_rounds_for_others; ++i) {
    step([](moment) { return scheduling::effects{}; });
    if (arrivals_.is_done())
      return;
  }
  anon_tell(self_.actor, go_on_working{});
}

/// Those who run first: of the others each counts as one more.
void supervisor_engine::take_arrivals(moment now, scheduling::effects& out,
                                      afterwards& later) {
  std::vector<scheduling::started_child> started;
  std::vector<scheduling::asked_start> asked;
  for (auto& each : arrivals_.take()) {
    if (auto given = std::get_if<given_child>(&each)) {
      if (takes(*given))
        started.push_back({given->start, given->actor->id(),
                           std::move(given->info), std::move(given->refused)});
      continue;
    }
    auto& x = std::get<asked_child>(each);
    if (stopped_) {
      later.push_back(
        [done = std::move(x.done), why = has_stopped()] { done(why); });
      continue;
    }
    auto caller = next_caller_++;
    start_callers_.emplace(caller, std::move(x.done));
    asked.push_back({caller, std::move(x.spec), x.ack, x.finds});
  }
  if (!started.empty())
    append(core_.children_started(std::move(started), now), out);
  if (!asked.empty())
    append(core_.start_children(std::move(asked), now), out);
}

} // namespace horde::actors
