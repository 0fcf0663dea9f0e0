// SPDX-License-Identifier: MIT
//
// The half of `supervisor_engine` that deals with the children of this node:
// factories, exits, stopping.

#include "horde/actors/log.hpp"
#include "horde/actors/supervisor_engine.hpp"
#include "horde/actors/type_ids.hpp"
#include "horde/overload.hpp"

namespace horde::actors {

namespace {

constexpr auto factories_end_within = std::chrono::seconds{1};

child_outcome with_state(node_context& node, const child_factory& factory,
                         child_start start,
                         const scheduling::state_bytes& state) {
  std::string problem;
  if (state) {
    auto decoded = decode_state(node.sys, *state);
    if (auto why = std::get_if<failure>(&decoded))
      problem = std::move(why->what);
    else
      start.state = std::get<handed_state>(std::move(decoded));
  }
  auto result = factory(start);
  if (auto x = std::get_if<child_runs>(&result); x && !problem.empty())
    x->refused_because = std::move(problem);
  return result;
}

/// Runs in a starter thread.
child_outcome call_factory(node_context& node, const caf::message& extra,
                           const scheduling::start_child& x) {
  auto args = extra;
  if (!x.spec.args.empty()) {
    auto decoded = decode_value(node.sys, x.spec.args);
    if (auto problem = std::get_if<failure>(&decoded))
      return to_error(*problem);
    args = caf::message::concat(extra, std::get<caf::message>(decoded));
  }
  try {
    if (auto factory = node.types.find(x.spec.type))
      return with_state(node, factory,
                        {node.sys, x.spec.id, std::move(args), x.attempt},
                        x.state);
    auto child = spawn_by_name(node.sys, x.spec.type, std::move(args));
    if (child)
      return child_runs{*child, {}};
    if (child.error() == caf::sec::unknown_type)
      return to_error({errc::unknown_child_type, "node " + node.self.name
                                                   + " has no child type '"
                                                   + x.spec.type + "'"});
    if (child.error() == caf::sec::cannot_spawn_actor_from_arguments)
      return to_error(
        {errc::bad_child_spec,
         "child type '" + x.spec.type + "' does not take these arguments"});
    return child.error();
  } catch (const std::exception& problem) {
    return to_error({errc::start_failed, "the factory of '" + x.spec.type
                                           + "' threw: " + problem.what()});
  } catch (...) {
    return to_error(
      {errc::start_failed, "the factory of '" + x.spec.type + "' threw"});
  }
}

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
  bring(given_child{start, child, std::move(info),
                    x.took_state ? std::string{} : x.refused_because});
  // Fires here and now if it ended already.
  on_end(child, [weak = weak_from_this(), start](const caf::error& reason) {
    if (auto self = weak.lock())
      self->ended(start, reason);
  });
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

/// The factory hangs: the child counts as not started, and what may still come
/// out of it is killed.
void supervisor_engine::late(scheduling::token start, local_start& x,
                             moment now, scheduling::effects& out) {
  x.order->abandoned = true;
  x.reported_late = true;
  hanging_.insert(x.id);
  node_->children.settled(identity_of(x.id), 0);
  starters_->allow(+1);
  log().warn("child_start_late horde={} id={}", self_.who.horde, x.id);
  auto more = core_.child_not_started(
    start,
    {errc::timeout, "the factory of child '" + x.id
                      + "' did not answer within its start_timeout"},
    now);
  std::move(more.begin(), more.end(), std::back_inserter(out));
}

/// The factory of this start answered, or never ran.
void supervisor_engine::came_back(scheduling::token start,
                                  const local_start& x) {
  if (!x.child)
    due_.clear(start);
  if (!x.reported_late || x.child)
    return;
  hanging_.erase(x.id);
  starters_->allow(-1);
}

void supervisor_engine::abandon(scheduling::token start) {
  auto i = starts_.find(start);
  if (i == starts_.end())
    return;
  i->second.order->abandoned = true;
  if (i->second.child)
    send_exit(i->second.child, caf::exit_reason::kill);
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
    actor = known.mapped().child->id();
    if (known.mapped().reported_late || stopped_)
      return {};
    if (how == supervision::exit_kind::crash
        && !known.mapped().order->abandoned)
      log().info("child_crashed horde={} id={} reason=\"{}\"", self_.who.horde,
                 known.mapped().id, render(reason));
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
    if (x.child)
      send_exit(x.child, caf::exit_reason::kill);
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
