// SPDX-License-Identifier: MIT

#include "horde/actors/registry_engine.hpp"

#include <algorithm>
#include <set>

#include "horde/actors/entry.hpp"
#include "horde/actors/log.hpp"
#include "horde/actors/member_setup.hpp"
#include "horde/actors/partition.hpp"
#include "horde/actors/shared_message.hpp"
#include "horde/actors/type_ids.hpp"
#include "horde/assert.hpp"
#include "horde/overload.hpp"

namespace horde::actors {

registry_engine::registry_engine(node_context_ptr node, naming::config cfg,
                                 conflict_function choose, hosted_member self,
                                 std::uint64_t seed)
    : node_(std::move(node)), name_(public_name(self.who.horde)),
      self_(std::move(self)), cluster_locks_(std::make_shared<lock_engine>(
                                node_, cfg.locks, self_, seed)),
      core_(std::move(cfg), self_.replica, seed), peers_(self_),
      watch_(name_, core_.roster()), view_(core_.keys()),
      choose_(std::move(choose)) {
  // nop
}

/// Runs one event and everything that follows from it. Sends happen under the
/// lock, so that peers see our steps in order; callbacks happen after it.
template <class F>
auto registry_engine::step(F event, const caf::strong_actor_ptr& who) {
  return finish_step(std::unique_lock{mutex_}, std::move(event), who);
}

template <class F>
void registry_engine::work(F event) {
  mutex_.lock_after_others();
  finish_step(
    std::unique_lock{mutex_, std::adopt_lock},
    [&](moment now) {
      event(now);
      return true;
    },
    nullptr);
}

template <class F>
auto registry_engine::finish_step(std::unique_lock<yielding_mutex> guard,
                                  F event, const caf::strong_actor_ptr& who) {
  afterwards later;
  auto now = node_->time.now();
  auto result = event(now);
  do {
    link_peers(now);
    perform(core_.finish(now), who, later);
  } while (std::exchange(has_new_id_, false));
  ask_function();
  watch_.tell();
  if (watch_.wants_to_go_on())
    anon_tell(self_.actor, actors::go_on_telling{});
  if (left_) {
    view_.close();
    waiters_.give_up(to_error(has_left()), later.answers);
    name_waiters_.give_up(to_error(has_left()), later.answers);
  }
  name_waiters_.expire(now, later.answers);
  waiters_.settle(now, later.answers);
  if (!left_)
    alarm_.set(
      std::min({core_.wake_at(), waiters_.wake_at(), name_waiters_.wake_at()}),
      now, self_.actor);
  auto news = news_for_locks();
  guard.unlock();
  if (news)
    cluster_locks_->set_members(*news);
  for (const auto& answer : later.answers)
    answer();
  for (const auto& x : later.watch)
    watch(x);
  for (auto actor : later.release) // may end it, which comes back here
    node_->processes.drop(actor);
  return result;
}

template <class F>
caf::expected<void> registry_engine::write(F event) {
  auto problem = step([&](moment now) -> std::optional<failure> {
    if (left_)
      return has_left();
    return event(now);
  });
  if (problem)
    return to_error(*problem);
  return {};
}

failure registry_engine::has_left() const {
  return {errc::shutting_down,
          to_string(member_id{name_, self_.who.node}) + " has left"};
}

hosted_member registry_engine::start(caf::actor self) {
  return step([&](moment now) {
    self_.actor = std::move(self);
    core_.start(now);
    return self_;
  });
}

// -- what users do -----------------------------------------------------------

caf::expected<void>
registry_engine::register_name(const caf::strong_actor_ptr& who,
                               const std::string& name,
                               const caf::message& value) {
  if (!who || who->node() != node_->sys.node())
    return to_error({errc::not_owner, "'" + name
                                        + "' can be given only to a process of "
                                          "this node, "
                                        + node_->self.name});
  auto bytes = to_value(node_->sys, value);
  if (auto problem = std::get_if<failure>(&bytes))
    return to_error(*problem);
  using result_type = caf::expected<void>;
  auto result = step(
    [&](moment now) -> naming::register_result {
      if (left_)
        return has_left();
      if (has_ends_) // who ended has no name, whatever is still to be done
        if (auto former = view_.ended_owner_of(name))
          core_.unregister(former->actor, name);
      auto& value = std::get<std::string>(bytes);
      if (node_->children.empty() || core_.keys() == key_mode::duplicate)
        return core_.register_name(who->id(), name, std::move(value), now);
      return register_child(who->id(), name, value, now);
    },
    who);
  return std::visit(overload{
                      [](naming::registered) { return result_type{}; },
                      [&](const naming::already_registered& x) {
                        return result_type{caf::make_error(
                          errc::already_registered,
                          "'" + name + "' is the name of " + to_string(x.by),
                          x.by)};
                      },
                      [](const failure& x) { return result_type{to_error(x)}; },
                    },
                    result);
}

void registry_engine::unregister(std::uint64_t actor, const std::string& name) {
  step([&](moment) {
    core_.unregister(actor, name);
    return true;
  });
}

caf::expected<value_change> registry_engine::update_value(
  std::uint64_t actor, const std::string& name,
  const std::function<caf::message(const caf::message&)>& f) {
  if (auto problem = needs_unique_keys("update_value"))
    return to_error(*problem);
  for (;;) {
    auto before = held(actor, name);
    if (before.empty())
      return to_error({errc::not_owner, "'" + name
                                          + "' is not a name of the process "
                                            "that would change its value"});
    auto former = value_of(node_->sys, before[0].value);
    if (!former)
      return std::move(former.error());
    auto value = f(*former);
    auto bytes = to_value(node_->sys, value);
    if (auto problem = std::get_if<failure>(&bytes))
      return to_error(*problem);
    auto done = step([&](moment) {
      return core_.update(actor, name, before[0].revision,
                          std::get<std::string>(std::move(bytes)));
    });
    if (auto problem = std::get_if<failure>(&done))
      return to_error(*problem);
    if (std::get<bool>(done))
      return value_change{std::move(value), std::move(*former)};
  }
}

bool registry_engine::unregister_match(
  std::uint64_t actor, const std::string& name,
  const std::function<bool(const caf::message&)>& f) {
  auto result = false;
  std::set<std::uint64_t> asked; // revisions
  for (auto is_new = true; is_new;) {
    is_new = false;
    for (const auto& seen : held(actor, name)) {
      if (!asked.insert(seen.revision).second)
        continue;
      is_new = true;
      auto value = value_of(node_->sys, seen.value);
      if (value && f(*value))
        result |= step(
          [&](moment) { return core_.unregister(actor, name, seen.revision); });
    }
  }
  return result;
}

caf::expected<void> registry_engine::put_meta(const std::string& key,
                                              const caf::message& value) {
  auto bytes = to_value(node_->sys, value);
  if (auto problem = std::get_if<failure>(&bytes))
    return to_error(*problem);
  return write([&](moment now) {
    return core_.put_meta(key, std::get<std::string>(std::move(bytes)), now);
  });
}

caf::expected<void> registry_engine::delete_meta(const std::string& key) {
  return write([&](moment) { return core_.delete_meta(key); });
}

caf::expected<void> registry_engine::set_members(const horde::members& list) {
  return write([&](moment now) -> std::optional<failure> {
    if (core_.roster().mode() == member_mode::automatic)
      return members_are_automatic(self_.who);
    return core_.set_members(list, now);
  });
}

caf::expected<void>
registry_engine::drive_members(const actors::drive_members& x) {
  auto problem = step([&](moment now) {
    return left_ ? std::nullopt
                 : core_.set_members(merged_list(x, core_.roster()), now);
  });
  if (problem)
    return to_error(*problem);
  return {};
}

void registry_engine::wait_for_quorum(duration limit,
                                      condition_waiters::callback done) {
  step([&](moment now) {
    waiters_.add(has_quorum(core_), limit, std::move(done), now);
    return true;
  });
}

void registry_engine::wait_for_acks(std::uint32_t by, duration limit,
                                    condition_waiters::callback done) {
  step([&](moment now) {
    waiters_.add(is_applied(core_.replica(), by), limit, std::move(done), now);
    return true;
  });
}

void registry_engine::await(const std::string& name, duration limit,
                            name_waiters::callback done) {
  if (auto found = view_.lookup(name))
    return done(*std::move(found));
  std::vector<std::function<void()>> answers;
  step([&](moment now) {
    name_waiters_.add(name, limit, std::move(done), now);
    name_waiters_.look(name, view_, answers); // since we looked
    return true;
  });
  for (const auto& answer : answers)
    answer();
}

// -- what the member's actor passes in ---------------------------------------

void registry_engine::receive(const peer_bytes& x) {
  work([&](moment now) {
    if (peers_.knocked(x))
      core_.receive(x.from, x.bytes, now);
  });
}

void registry_engine::joined(const peer_joined& x) {
  auto early = step([&](moment) {
    peers_.add(x);
    return peers_.take_early(x.peer.replica);
  });
  for (const auto& said : early)
    receive(said);
}

void registry_engine::gone(const peer_gone& x) {
  if (x.stopped)
    cluster_locks_->stopped(x.replica);
  work([&](moment now) {
    if (peers_.remove(x.replica))
      core_.peer_down(x.replica, x.stopped, now);
  });
}

void registry_engine::node_changed(const node_event& x) {
  work([&](moment now) { core_.node_changed(x.who, x.what, now); });
}

void registry_engine::tick(const actors::tick& x) {
  work([&](moment now) {
    alarm_.rang(x);
    core_.tick(now);
  });
}

void registry_engine::decided(const naming::decide& question, bool ours_stays) {
  step([&](moment now) {
    core_.decided(question, ours_stays, now);
    return true;
  });
}

void registry_engine::mark(const process_is_child& x) {
  work([&](moment) { core_.mark(x.actor, x.child); });
}

void registry_engine::look_at_ends() {
  work([&](moment) { end_some(); });
  if (has_ends_)
    anon_tell(self_.actor, actors::look_at_ends{});
}

void registry_engine::leave() {
  cluster_locks_->leave(has_left());
  auto readers = step([&](moment now) {
    left_ = true;
    core_.leave(now);
    return std::exchange(callbacks_, {});
  });
  for (const auto& x : readers) // when they have been told of all
    caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
}

// -- what it does to the world -----------------------------------------------

void registry_engine::link_peers(moment now) {
  for (const auto& x : peers_.take_linkable(core_.roster()))
    if (!core_.peer_up(x.peer.who, x.node, x.peer.replica, now))
      peers_.refuse(x.peer.replica);
}

void registry_engine::perform(naming::effects out,
                              const caf::strong_actor_ptr& who,
                              afterwards& later) {
  constexpr std::size_t ahead = 4;
  shared_message message{self_.replica};
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (i + ahead < out.size())
      if (auto next = std::get_if<naming::show>(&out[i + ahead]))
        view_.prefetch(*next);
    std::visit(overload{
                 [&](naming::watch& x) {
                   HORDE_ASSERT(who && who->id() == x.actor);
                   node_->processes.hold(who);
                   if (watched_.of(x.actor).insert(x.actor).second)
                     later.watch.push_back(who);
                 },
                 [&](naming::unwatch& x) { later.release.push_back(x.actor); },
                 [&](naming::show& x) {
                   watch_.apply(view_, x);
                   if (!name_waiters_.empty())
                     name_waiters_.look(std::string{view_.name_of(x.name)},
                                        view_, later.answers);
                 },
                 [&](naming::hide& x) { watch_.apply(view_, x); },
                 [&](naming::show_meta& x) { view_.apply(std::move(x)); },
                 [&](naming::show_owner& x) {
                   watch_.apply(view_, x);
                   name_waiters_.look_at_all(view_, later.answers);
                 },
                 [&](naming::evict& x) {
                   watch_.evicted(x.name);
                   evict(x);
                 },
                 [&](naming::decide& x) { questions_.push_back(std::move(x)); },
                 [&](naming::send& x) {
                   tell_ended();
                   message.send(peers_.handle(x.to), x.bytes);
                 },
                 [&](naming::renewed& x) {
                   auto former = std::exchange(self_.replica, x.id);
                   announce_renewed(*node_, former, self_);
                   peers_.unlink_all(x.id);
                   has_new_id_ = true;
                 },
               },
               out[i]);
  }
}

} // namespace horde::actors
