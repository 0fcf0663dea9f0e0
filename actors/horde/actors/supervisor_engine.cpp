// SPDX-License-Identifier: MIT

#include "horde/actors/supervisor_engine.hpp"

#include <algorithm>

#include "horde/actors/child_encoding.hpp"
#include "horde/actors/log.hpp"
#include "horde/actors/member_setup.hpp"
#include "horde/actors/shared_message.hpp"
#include "horde/actors/type_ids.hpp"
#include "horde/overload.hpp"

namespace horde::actors {

supervisor_engine::supervisor_engine(node_context_ptr node,
                                     scheduling::config cfg, hosted_member self,
                                     std::size_t max_starters,
                                     std::uint64_t seed)
    : node_(std::move(node)), self_(std::move(self)),
      core_(std::move(cfg), self_.replica, seed), peers_(self_),
      watch_(self_.who.horde),
      starters_(std::make_shared<starter_pool>(max_starters)) {
  // nop
}

/// Runs one event and everything that follows from it. Sends happen under the
/// lock, so that peers see our steps in order; callbacks happen after it.
void supervisor_engine::step(
  const std::function<scheduling::effects(moment)>& event) {
  afterwards later;
  std::unique_lock guard{mutex_};
  auto now = node_->time.now();
  scheduling::effects out;
  take_arrivals(now, out, later);
  append(event(now), out);
  do {
    link_peers(now, out);
    perform(std::exchange(out, {}), later);
  } while (std::exchange(has_new_id_, false));
  watch_store();
  tell_listeners();
  waiters_.settle(now, later);
  if (!stopped_)
    alarm_.set(std::min({core_.wake_at(), waiters_.wake_at(), due_.next()}),
               now, self_.actor);
  guard.unlock();
  for (auto& f : later)
    f();
}

void supervisor_engine::watch_store() {
  auto store = core_.replica().store();
  auto fails = store.state == sync::store_state::fails;
  if (fails == std::exchange(store_fails_, fails))
    return;
  if (fails)
    log().warn("store_failed horde={} why=\"{}\"", self_.who.horde,
               store.problem);
  else
    log().info("store_works_again horde={}", self_.who.horde);
}

std::optional<failure> supervisor_engine::restore() {
  std::lock_guard guard{mutex_};
  return core_.restore(node_->time.now());
}

hosted_member supervisor_engine::start(caf::actor self) {
  hosted_member result;
  step([&](moment now) {
    self_.actor = std::move(self);
    self_.replica =
      core_.replica().id(); // what is restored may have changed it
    peers_ = peer_table{self_};
    result = self_;
    return core_.start(now);
  });
  return result;
}

// -- what users do -----------------------------------------------------------

namespace {

constexpr std::size_t max_listed = 10'000; ///< so that it fits into one frame

move_list listed(std::vector<scheduling::planned_move> moves) {
  move_list result{moves.size(), std::move(moves)};
  if (result.moves.size() > max_listed)
    result.moves.resize(max_listed);
  return result;
}

caf::expected<child_started> to_expected(scheduling::start_result x) {
  using result = caf::expected<child_started>;
  return std::visit(
    overload{
      [](scheduling::started& y) {
        return result{child_started{y.id, y.pid, y.info}};
      },
      [](scheduling::ignored&) {
        return result{
          to_error({errc::ignored, "the factory ignored the start"})};
      },
      [](scheduling::already_started& y) {
        return result{caf::make_error(
          errc::already_started,
          "child '" + y.id + "' runs already"
            + (y.pid ? " as " + to_string(y.pid) : std::string{}),
          y.pid)};
      },
      [](failure& y) { return result{to_error(y)}; },
    },
    x);
}

} // namespace

caf::expected<placement::plan> supervisor_engine::plan(child_spec spec) {
  auto encoded = encode_spec(node_->sys, std::move(spec));
  if (auto problem = std::get_if<failure>(&encoded))
    return to_error(*problem);
  std::lock_guard guard{mutex_};
  auto result =
    core_.plan(std::get<supervision::child_spec>(std::move(encoded)));
  if (auto problem = std::get_if<failure>(&result))
    return to_error(*problem);
  return std::get<placement::plan>(std::move(result));
}

move_list supervisor_engine::rebalance(bool dry_run) {
  std::vector<scheduling::planned_move> plan;
  step([&](moment now) -> scheduling::effects {
    if (!dry_run && !stopped_)
      return core_.rebalance(plan, now);
    plan = core_.plan_rebalance();
    return {};
  });
  return listed(std::move(plan));
}

move_list supervisor_engine::plan_nodes(const horde::plan_nodes& x) const {
  std::vector<member_info> added;
  for (const auto& node : x.added) {
    auto& more = added.emplace_back();
    more.who = {self_.who.horde, node};
  }
  std::lock_guard guard{mutex_};
  return listed(core_.plan_without(x.lost, added, x.rebalances));
}

child_list supervisor_engine::which_children() const {
  std::lock_guard guard{mutex_};
  child_list result{0, core_.children(), {}};
  result.total = result.children.size();
  for (const auto& x : core_.roster().members())
    if (x.status == member_status::suspect
        || (x.status == member_status::alive && !x.linked))
      result.silent.push_back(x.who);
  return result;
}

scheduling::child_counts supervisor_engine::count_children() const {
  std::lock_guard guard{mutex_};
  return core_.counts();
}

caf::expected<void> supervisor_engine::set_members(const horde::members& list,
                                                   bool force) {
  std::optional<failure> problem;
  auto stopped = false;
  step([&](moment now) -> scheduling::effects {
    if ((stopped = stopped_))
      return {};
    if (core_.roster().mode() == member_mode::automatic) {
      problem = members_are_automatic(self_.who);
      return {};
    }
    return core_.set_members(list, force, now, problem);
  });
  if (stopped)
    return has_stopped();
  if (problem)
    return to_error(*problem);
  return {};
}

caf::expected<void>
supervisor_engine::drive_members(const actors::drive_members& x) {
  std::optional<failure> problem;
  step([&](moment now) -> scheduling::effects {
    if (stopped_)
      return {};
    return core_.set_members(merged_list(x, core_.roster()), false, now,
                             problem);
  });
  if (problem)
    return to_error(*problem);
  return {};
}

member_list supervisor_engine::members() const {
  std::lock_guard guard{mutex_};
  return list_of(core_, self_.who, node_->time.now().wall, peers_);
}

void supervisor_engine::wait_for_quorum(duration limit,
                                        condition_waiters::callback done) {
  auto stopped = false;
  step([&](moment now) -> scheduling::effects {
    if (!(stopped = stopped_))
      waiters_.add(has_quorum(core_), limit, std::move(done), now);
    return {};
  });
  if (stopped)
    done(has_stopped());
}

supervisor_status supervisor_engine::status() const {
  std::lock_guard guard{mutex_};
  auto sync = core_.replica().stats();
  sync.refused_messages += core_.refused_messages(); // forwarded operations
  std::uint64_t quarantined = 0;
  for (const auto& x : core_.children())
    quarantined += x.state == scheduling::child_state::quarantined ? 1 : 0;
  return {self_.who,
          core_.roster().mode(),
          core_.roster().report(core_.replica()),
          core_.counts(),
          core_.local_children(),
          quarantined,
          starters_->waiting(),
          peers_.refused(),
          sync,
          core_.replica().store(),
          core_.events(),
          core_.gate_waits_for(),
          core_.missing()};
}

// -- what the member's actor passes in ---------------------------------------

void supervisor_engine::receive(const peer_bytes& x) {
  step([&](moment now) {
    return peers_.knocked(x) ? core_.receive(x.from, x.bytes, now)
                             : scheduling::effects{};
  });
}

void supervisor_engine::joined(const peer_joined& x) {
  std::vector<peer_bytes> early;
  step([&](moment) {
    peers_.add(x);
    early = peers_.take_early(x.peer.replica);
    return scheduling::effects{};
  });
  for (const auto& said : early)
    receive(said);
}

void supervisor_engine::gone(const peer_gone& x) {
  step([&](moment now) {
    return peers_.remove(x.replica) ? core_.peer_down(x.replica, x.stopped, now)
                                    : scheduling::effects{};
  });
}

void supervisor_engine::node_changed(const node_event& x) {
  step([&](moment now) { return core_.node_changed(x.who, x.what, now); });
}

void supervisor_engine::tick(const actors::tick& x) {
  step([&](moment now) {
    alarm_.rang(x);
    auto out = core_.tick(now);
    act_on_due(now, out);
    return out;
  });
}

void supervisor_engine::drain(std::function<void()> done) {
  step([&](moment now) {
    drained_ = std::move(done);
    return core_.drain(now);
  });
}

// -- what it does to the world -----------------------------------------------

void supervisor_engine::link_peers(moment now, scheduling::effects& out) {
  for (const auto& x : peers_.take_linkable(core_.roster())) {
    append(core_.peer_up(x.peer.who, x.node, x.peer.replica, now), out);
    if (core_.roster().outsiders().contains(x.peer.who))
      peers_.refuse(x.peer.replica);
  }
}

void supervisor_engine::perform(scheduling::effects out, afterwards& later) {
  shared_message message{self_.replica};
  jobs factories;
  for (auto& effect : out)
    std::visit(overload{
                 [&](scheduling::start_child& x) {
                   order_start(std::move(x), factories, later);
                 },
                 [&](scheduling::abandon_start& x) { abandon(x.start); },
                 [&](scheduling::stop_child& x) { stop(x); },
                 [&](scheduling::export_state& x) { begin_move(x.start); },
                 [&](scheduling::moved& x) { moved(x); },
                 [&](scheduling::merge_child& x) { merge(x); },
                 [&](scheduling::answer_start& x) {
                   auto caller = start_callers_.extract(x.caller);
                   if (!caller.empty())
                     later.push_back([f = std::move(caller.mapped()),
                                      result = to_expected(
                                        std::move(x.result))] { f(result); });
                 },
                 [&](scheduling::answer_terminate& x) {
                   auto caller = terminate_callers_.extract(x.caller);
                   caf::expected<void> result;
                   if (x.problem)
                     result = to_error(*x.problem);
                   if (!caller.empty())
                     later.push_back(
                       [f = std::move(caller.mapped()), result] { f(result); });
                 },
                 [&](scheduling::send& x) {
                   message.send(peers_.handle(x.to), x.bytes);
                 },
                 [&](scheduling::renewed& x) {
                   auto former = std::exchange(self_.replica, x.id);
                   announce_renewed(*node_, former, self_);
                   peers_.unlink_all(x.id);
                   has_new_id_ = true;
                 },
                 [&](child_event& x) { watch_.note(std::move(x)); },
                 [&](scheduling::gave_up& x) { give_up(x.why); },
                 [&](scheduling::drained&) {
                   if (drained_)
                     later.push_back(std::exchange(drained_, nullptr));
                   else if (gave_up_)
                     anon_tell(self_.actor, stop_member{});
                 },
               },
               effect);
  run_factories(std::move(factories), later);
}

} // namespace horde::actors
