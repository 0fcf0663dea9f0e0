// SPDX-License-Identifier: MIT
//
// The half of `supervisor_engine` that deals with the children of this node:
// factories, exits, stopping.

#include "horde/actors/factory_call.hpp"
#include "horde/actors/log.hpp"
#include "horde/actors/supervisor_engine.hpp"
#include "horde/actors/type_ids.hpp"
#include "horde/overload.hpp"

namespace horde::actors {

namespace {

constexpr auto factories_end_within = std::chrono::seconds{1};

failure to_failure(const caf::error& x, const std::string& id) {
  auto code = code_of(x);
  return {code == errc::none ? errc::start_failed : code,
          "child '" + id + "': " + render(x)};
}

supervision::exit_kind exit_kind_of(const caf::error& reason) {
  if (code_of(reason) == errc::passive)
    return supervision::exit_kind::passive;
  return is_clean_exit(reason) ? supervision::exit_kind::clean
                               : supervision::exit_kind::crash;
}

void send_exit(const caf::strong_actor_ptr& who, caf::error reason) {
  deliver(nullptr, who,
          caf::make_message(caf::exit_msg{{}, std::move(reason)}));
}

} // namespace

void supervisor_engine::terminate_child(const std::string& id, const pid& who,
                                        terminate_callback done) {
  auto stopped = false;
  step([&](moment now) -> scheduling::effects {
    if ((stopped = stopped_))
      return {};
    auto caller = next_caller_++;
    terminate_callers_.emplace(caller, std::move(done));
    return id.empty() ? core_.terminate_child(caller, who, now)
                      : core_.terminate_child(caller, id, now);
  });
  if (stopped)
    done(has_stopped());
}

caf::error supervisor_engine::has_stopped() const {
  return to_error({errc::shutting_down, to_string(self_.who) + " has stopped"});
}

void supervisor_engine::order_start(scheduling::start_child x, jobs& factories,
                                    afterwards& later) {
  auto start = x.start;
  auto order = std::make_shared<start_order>();
  starts_.emplace(start, local_start{.id = x.spec.id,
                                     .order = order,
                                     .is_to_report = x.spec.ready,
                                     .start_timeout = x.spec.start_timeout,
                                     .child = nullptr});
  // Each attempt would take one more thread for as long as the first one hangs.
  if (hanging_.contains(x.spec.id))
    return refuse(start, "an earlier call of its factory still hangs", later);
  if (x.spec.start_timeout > duration{0})
    due_.set(start, node_->time.now().at + x.spec.start_timeout);
  // A factory that hangs must not keep us.
  factories.push_back([weak = weak_from_this(), node = node_,
                       extra = extra_arguments_, order, x = std::move(x)] {
    auto self = weak.lock();
    if (!self || !self->may_run(x, *order))
      return;
    self.reset();
    auto result = call_factory(*node, extra, x);
    if ((self = weak.lock()))
      self->factory_answered(x.start, std::move(result));
  });
}

void supervisor_engine::run_factories(jobs factories, afterwards& later) {
  if (factories.empty())
    return;
  if (!node_->own_threads)
    std::move(factories.begin(), factories.end(), std::back_inserter(later));
  else if (!starters_->run(std::move(factories)))
    for (const auto& [start, x] : starts_)
      if (!x.child && x.order->began.load() == instant{})
        refuse(start, "the system gives no thread to its factory", later);
}

void supervisor_engine::refuse(scheduling::token start, std::string why,
                               afterwards& later) {
  later.push_back([weak = weak_from_this(), start, why = std::move(why)] {
    if (auto self = weak.lock())
      self->not_started(start, {errc::start_failed, why});
  });
}

/// A start may be abandoned while it waits for a thread.
bool supervisor_engine::may_run(const scheduling::start_child& x,
                                start_order& order) {
  if (order.abandoned) {
    not_started(x.start, {errc::start_failed, "the start was abandoned"});
    return false;
  }
  order.began = node_->time.now().at;
  node_->children.starting(identity_of(x.spec.id));
  return true;
}

void supervisor_engine::factory_answered(scheduling::token start,
                                         child_outcome result) {
  std::visit(
    overload{
      [&](child_runs& x) {
        if (x.child)
          child_runs_now(start, x);
        else
          not_started(start, {errc::start_failed, "the factory gave no actor"});
      },
      [&](child_ignored&) {
        not_started(start, {errc::ignored, "ignored by its factory"});
      },
      [&](const caf::error& x) {
        std::unique_lock guard{mutex_};
        auto i = starts_.find(start);
        auto id = i != starts_.end() ? i->second.id : std::string{};
        guard.unlock();
        not_started(start, to_failure(x, id));
      },
    },
    result);
}

void supervisor_engine::child_runs_now(scheduling::token start,
                                       const child_runs& x) {
  auto child = caf::actor_cast<caf::strong_actor_ptr>(x.child);
  std::string info;
  if (!x.info.empty()) {
    auto encoded = encode_value(node_->sys, x.info);
    if (auto problem = std::get_if<failure>(&encoded)) {
      send_exit(child, caf::exit_reason::kill);
      return not_started(
        start, {problem->code, "the info of the child: " + problem->what});
    }
    info = std::get<std::string>(std::move(encoded));
  }
  given_child given{start, child, std::move(info),
                    x.took_state ? std::string{} : x.refused_because};
  if (!waits_for_report(given))
    bring(std::move(given));
  // Fires here and now if it ended already.
  on_end(child, [weak = weak_from_this(), start](const caf::error& reason) {
    if (auto self = weak.lock())
      self->ended(start, reason);
  });
}

/// False: it runs now.
bool supervisor_engine::waits_for_report(const given_child& x) {
  std::lock_guard guard{mutex_};
  auto known = starts_.find(x.start);
  if (known == starts_.end() || !known->second.is_to_report
      || known->second.order->abandoned)
    return false;
  known->second.unready = std::make_unique<given_child>(x);
  anon_tell(self_.actor, ask_if_ready{x.start});
  return true;
}

duration supervisor_engine::start_timeout_of(scheduling::token start) const {
  std::lock_guard guard{mutex_};
  auto known = starts_.find(start);
  return known != starts_.end() ? known->second.start_timeout : duration{};
}

void supervisor_engine::said_ready(scheduling::token start,
                                   const caf::error& problem) {
  std::unique_lock guard{mutex_};
  auto known = starts_.find(start);
  if (known == starts_.end() || !known->second.unready)
    return;
  auto child = std::move(*std::exchange(known->second.unready, nullptr));
  guard.unlock();
  if (!problem)
    return bring(std::move(child));
  send_exit(child.actor, caf::exit_reason::kill);
  not_started(start,
              {errc::start_failed, "it is not ready: " + render(problem)});
}

/// False: nobody waits for it any more.
bool supervisor_engine::takes(const given_child& x) {
  auto& known = starts_[x.start];
  came_back(x.start, known);
  known.child = x.actor;
  node_->children.settled(identity_of(known.id), x.actor->id());
  node_->processes.hold(x.actor);
  if (known.order->abandoned)
    send_exit(x.actor, caf::exit_reason::kill); // its exit is the answer
  return !known.order->abandoned;
}

void supervisor_engine::not_started(scheduling::token start,
                                    const failure& why) {
  step([&](moment now) -> scheduling::effects {
    auto known = starts_.extract(start);
    if (known.empty())
      return {};
    came_back(start, known.mapped());
    if (known.mapped().reported_late)
      return {};
    node_->children.settled(identity_of(known.mapped().id), 0);
    if (why.code != errc::ignored)
      log().info("child_not_started horde={} id={} why=\"{}\"", self_.who.horde,
                 known.mapped().id, why.what);
    return core_.child_not_started(start, why, now);
  });
}

void supervisor_engine::act_on_due(moment now, scheduling::effects& out) {
  for (auto start : due_.take_due(now.at)) {
    auto i = starts_.find(start);
    if (i == starts_.end()) {
      end_move(start);
      continue;
    }
    if (i->second.child)
      send_exit(i->second.child, caf::exit_reason::kill); // its grace is over
    else if (auto due = answer_due(i->second, now); due > now.at)
      due_.set(start, due);
    else
      late(start, i->second, now, out);
  }
}

/// When its factory is late; what waits for a thread is not.
instant supervisor_engine::answer_due(const local_start& x, moment now) {
  auto began = x.order->began.load();
  return (began == instant{} ? now.at : began) + x.start_timeout;
}

/// It hangs: the child counts as not started, and what may still come
/// out of it is killed.
void supervisor_engine::late(scheduling::token start, local_start& x,
                             moment now, scheduling::effects& out) {
  x.order->abandoned = true;
  x.reported_late = true;
  node_->children.settled(identity_of(x.id), 0);
  if (x.unready) {
    send_exit(x.unready->actor, caf::exit_reason::kill);
  } else {
    x.is_hanging = true;
    hanging_.insert(x.id);
    starters_->allow(+1);
  }
  log().warn("child_start_late horde={} id={}", self_.who.horde, x.id);
  auto more = core_.child_not_started(
    start,
    {errc::timeout, (x.unready ? "child '" : "the factory of child '") + x.id
                      + "' did not answer within its start_timeout"},
    now);
  std::move(more.begin(), more.end(), std::back_inserter(out));
}

/// The factory of this start answered, or never ran.
void supervisor_engine::came_back(scheduling::token start,
                                  const local_start& x) {
  if (!x.child)
    due_.clear(start);
  if (!x.is_hanging)
    return;
  hanging_.erase(x.id);
  starters_->allow(-1);
}

void supervisor_engine::abandon(scheduling::token start) {
  auto i = starts_.find(start);
  if (i == starts_.end())
    return;
  i->second.order->abandoned = true;
  kill(i->second);
}

void supervisor_engine::kill(const local_start& x) {
  if (x.child)
    send_exit(x.child, caf::exit_reason::kill);
  else if (x.unready)
    send_exit(x.unready->actor, caf::exit_reason::kill);
}

void supervisor_engine::stop(const scheduling::stop_child& x) {
  auto i = starts_.find(x.start);
  if (i == starts_.end() || !i->second.child)
    return;
  switch (x.how.kind) {
  case shutdown_kind::brutal_kill:
    return send_exit(i->second.child, caf::exit_reason::kill);
  case shutdown_kind::timed:
    due_.set(x.start, node_->time.now().at + x.how.grace);
    break;
  case shutdown_kind::infinity:
  case shutdown_kind::standard: break;
  }
  send_exit(i->second.child, caf::exit_reason::user_shutdown);
}

void supervisor_engine::ended(scheduling::token start,
                              const caf::error& reason) {
  auto how = exit_kind_of(reason);
  std::uint64_t actor = 0;
  step([&](moment now) -> scheduling::effects {
    auto known = starts_.extract(start);
    if (known.empty())
      return {};
    due_.clear(start);
    const auto& x = known.mapped();
    if (x.child)
      actor = x.child->id();
    if (x.reported_late || stopped_)
      return {};
    if (!x.child) {
      node_->children.settled(identity_of(x.id), 0);
      return core_.child_not_started(
        start,
        {errc::start_failed,
         "child '" + x.id + "' ended before it was ready: " + render(reason)},
        now);
    }
    if (how == supervision::exit_kind::crash && !x.order->abandoned)
      log().info("child_crashed horde={} id={} reason=\"{}\"", self_.who.horde,
                 x.id, render(reason));
    return core_.child_exited(start, how, now, render(reason));
  });
  if (actor != 0) {
    node_->children.ended(actor);
    node_->processes.drop(actor);
  }
}

void supervisor_engine::give_up(const std::string& why) {
  log().error("supervisor_gave_up horde={} why=\"{}\"", self_.who.horde, why);
  gave_up_ = to_error({errc::too_many_restarts, why});
  node_->members.remove(self_.actor); // another one may be started
}

caf::error supervisor_engine::why_it_ends() const {
  std::lock_guard guard{mutex_};
  return gave_up_;
}

void supervisor_engine::kill_all() {
  std::unique_lock guard{mutex_};
  stopped_ = true;
  core_.stop(node_->time.now());
  for (auto& [start, x] : starts_) {
    x.order->abandoned = true;
    kill(x);
  }
  while (!moves_.empty())
    end_move(moves_.begin()->first);
  for (const auto& x : std::exchange(callbacks_, {}))
    caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
  auto starting = std::exchange(start_callers_, {});
  auto terminating = std::exchange(terminate_callers_, {});
  afterwards waiting;
  waiters_.give_up(has_stopped(), waiting);
  guard.unlock();
  for (auto& [caller, answer] : starting)
    answer(has_stopped());
  for (auto& [caller, answer] : terminating)
    answer(has_stopped());
  for (auto& answer : waiting)
    answer();
  arrivals_.close();
  work_off();
  if (!starters_->stop(factories_end_within))
    log().error("factories_hang horde={}: the actor system must not end before "
                "they do",
                self_.who.horde);
}

} // namespace horde::actors
