// SPDX-License-Identifier: MIT

#include "horde/actors/registry_engine.hpp"

#include <algorithm>

#include "horde/actors/log.hpp"
#include "horde/actors/member_setup.hpp"
#include "horde/actors/shared_message.hpp"
#include "horde/actors/type_ids.hpp"
#include "horde/assert.hpp"
#include "horde/overload.hpp"

namespace horde::actors {

namespace {

/// Half of what the front door lets through in one frame.
constexpr std::size_t max_shipped_bytes = 8 * 1024 * 1024;

} // namespace

registry_engine::registry_engine(node_context_ptr node, naming::config cfg,
                                 hosted_member self, std::uint64_t seed)
    : node_(std::move(node)), self_(std::move(self)),
      core_(std::move(cfg), self_.replica, seed), peers_(self_) {
  // nop
}

/// Runs one event and everything that follows from it. Sends happen under the
/// lock, so that peers see our steps in order; callbacks happen after it.
template <class F>
auto registry_engine::step(F event, const caf::strong_actor_ptr& who) {
  afterwards later;
  std::unique_lock guard{mutex_};
  auto now = node_->time.now();
  auto result = event(now);
  do {
    link_peers(now);
    perform(core_.finish(now), who, later);
  } while (std::exchange(has_new_id_, false));
  if (left_)
    quorum_waiters_.give_up(
      to_error({errc::shutting_down, to_string(self_.who) + " has left"}),
      later.answers);
  quorum_waiters_.settle(core_.has_quorum(), now, later.answers);
  if (!left_)
    alarm_.set(std::min(core_.wake_at(), quorum_waiters_.wake_at()), now,
               self_.actor);
  guard.unlock();
  for (const auto& answer : later.answers)
    answer();
  for (const auto& x : later.watch)
    watch(x);
  for (auto actor : later.release) // may end it, which comes back here
    node_->processes.drop(actor);
  return result;
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
  std::string bytes;
  if (!value.empty()) {
    auto encoded = encode_value(node_->sys, value);
    if (auto problem = std::get_if<failure>(&encoded))
      return to_error(*problem);
    bytes = std::get<std::string>(std::move(encoded));
  }
  using result_type = caf::expected<void>;
  auto result = step(
    [&](moment now) {
      return left_
               ? naming::register_result{failure{
                 errc::shutting_down, to_string(self_.who) + " has left"}}
               : core_.register_name(who->id(), name, std::move(bytes), now);
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

caf::expected<void> registry_engine::send(const caf::strong_actor_ptr& sender,
                                          const std::string& name,
                                          caf::message content) const {
  auto owner = view_.owner_of(name);
  if (!owner)
    return to_error({errc::not_found, "nobody has the name '" + name + "'"});
  if (owner->first.node == node_->self.life) {
    if (auto who = node_->processes.find(owner->first.actor)) {
      horde::deliver(sender, who, std::move(content));
      return {};
    }
    return to_error(
      {errc::not_found, "the process named '" + name + "' has just ended"});
  }
  // CAF would drop, cut off or choke on what it cannot ship, and say nothing.
  auto shipped = encode_value(node_->sys, content);
  if (auto problem = std::get_if<failure>(&shipped))
    return to_error(*problem);
  if (std::get<std::string>(shipped).size() > max_shipped_bytes)
    return to_error({errc::too_large, "a message to '" + name
                                        + "', a process of another node, "
                                        + "takes at most 8 MiB"});
  std::unique_lock guard{mutex_};
  auto member = peers_.handle(owner->second);
  guard.unlock();
  if (!member)
    return to_error(
      {errc::node_down, "the node of '" + name + "' cannot be reached now"});
  horde::deliver(
    sender, caf::actor_cast<caf::strong_actor_ptr>(member),
    caf::make_message(deliver_to{owner->first, std::move(content)}));
  return {};
}

caf::expected<void> registry_engine::set_members(const horde::members& list) {
  auto problem = step([&](moment now) {
    if (left_)
      return std::optional{
        failure{errc::shutting_down, to_string(self_.who) + " has left"}};
    if (core_.roster().mode() == member_mode::automatic)
      return std::optional{members_are_automatic(self_.who)};
    return core_.set_members(list, now);
  });
  if (problem)
    return to_error(*problem);
  return {};
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

member_list registry_engine::members() const {
  std::lock_guard guard{mutex_};
  return list_of(core_, self_.who, node_->time.now().wall, peers_);
}

void registry_engine::wait_for_quorum(duration limit,
                                      quorum_waiters::callback done) {
  step([&](moment now) {
    quorum_waiters_.add(limit, std::move(done), now);
    return true;
  });
}

registry_status registry_engine::status() const {
  auto names = view_.count();
  std::lock_guard guard{mutex_};
  return {self_.who,
          core_.roster().mode(),
          core_.roster().report(core_.replica()),
          names,
          core_.local_names(),
          peers_.refused(),
          core_.replica().stats()};
}

caf::actor registry_engine::member_on(const incarnation& node) const {
  std::lock_guard guard{mutex_};
  return peers_.handle(node);
}

// -- what the member's actor passes in ---------------------------------------

void registry_engine::receive(const peer_bytes& x) {
  step([&](moment now) {
    if (peers_.knocked(x))
      core_.receive(x.from, x.bytes, now);
    return true;
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
  step([&](moment now) {
    if (peers_.remove(x.replica))
      core_.peer_down(x.replica, x.stopped, now);
    return true;
  });
}

void registry_engine::node_changed(const node_event& x) {
  step([&](moment now) {
    core_.node_changed(x.who, x.what, now);
    return true;
  });
}

void registry_engine::tick(const actors::tick& x) {
  step([&](moment now) {
    alarm_.rang(x);
    core_.tick(now);
    return true;
  });
}

void registry_engine::deliver(const caf::strong_actor_ptr& sender,
                              const deliver_to& x) const {
  if (x.who.node != node_->self.life)
    return; // for an earlier life of this node
  if (auto who = node_->processes.find(x.who.actor))
    horde::deliver(sender, who, x.content);
}

void registry_engine::leave() {
  step([&](moment now) {
    left_ = true;
    core_.leave(now);
    return true;
  });
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
  shared_message message{self_.replica};
  for (auto& effect : out)
    std::visit(
      overload{
        [&](naming::watch& x) {
          HORDE_ASSERT(who && who->id() == x.actor);
          node_->processes.hold(who);
          if (watched_.insert(x.actor).second)
            later.watch.push_back(who);
        },
        [&](naming::unwatch& x) { later.release.push_back(x.actor); },
        [&](naming::show& x) { view_.apply(std::move(x)); },
        [&](naming::hide& x) { view_.apply(x); },
        [&](naming::show_owner& x) { view_.apply(x); },
        [&](naming::evict& x) { evict(x); },
        [&](naming::send& x) { message.send(peers_.handle(x.to), x.bytes); },
        [&](naming::renewed& x) {
          auto former = std::exchange(self_.replica, x.id);
          announce_renewed(*node_, former, self_);
          peers_.unlink_all(x.id);
          has_new_id_ = true;
        },
      },
      effect);
}

void registry_engine::evict(const naming::evict& x) {
  auto who = node_->processes.find(x.actor);
  if (!who)
    return;
  log().info("name_conflict registry={} name={} loser={} winner={}",
             self_.who.horde, x.name, x.actor, to_string(x.winner));
  auto reason =
    caf::make_error(errc::name_conflict,
                    "'" + x.name + "' in " + self_.who.horde + " went to "
                      + to_string(x.winner),
                    name_conflict{x.name, x.value, self_.who.horde, x.winner});
  horde::deliver(nullptr, who,
                 caf::make_message(caf::exit_msg{{}, std::move(reason)}));
}

/// When the process ends its names go. The functor runs in the thread in which
/// it ends, or here if it ended already.
void registry_engine::watch(const caf::strong_actor_ptr& who) {
  on_end(who, [weak = weak_from_this(), actor = who->id()](const caf::error&) {
    auto self = weak.lock();
    if (!self)
      return;
    self->step([&](moment) {
      self->watched_.erase(actor);
      self->core_.process_ended(actor);
      return true;
    });
  });
}

} // namespace horde::actors
