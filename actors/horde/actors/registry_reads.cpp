// SPDX-License-Identifier: MIT
//
// What a registry's engine does without a step of its machine.

#include "horde/actors/entry.hpp"
#include "horde/actors/member_setup.hpp"
#include "horde/actors/registry_engine.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde::actors {

namespace {

/// Half of what the front door lets through in one frame.
constexpr std::size_t max_shipped_bytes = 8 * 1024 * 1024;

} // namespace

caf::expected<registry_engine::route>
registry_engine::route_to(const std::string& name,
                          const caf::message& content) const {
  auto owner = view_.owner_of(name);
  if (!owner)
    return to_error({errc::not_found, "nobody has the name '" + name + "'"});
  route result;
  result.who = owner->first;
  if (result.who.node == node_->self.life) {
    result.process = process(result.who);
    if (result.process)
      return result;
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
  result.member = peers_.handle(owner->second);
  guard.unlock();
  if (result.member)
    return result;
  return to_error(
    {errc::node_down, "the node of '" + name + "' cannot be reached now"});
}

caf::expected<void> registry_engine::send(const caf::strong_actor_ptr& sender,
                                          const std::string& name,
                                          caf::message content) const {
  auto to = route_to(name, content);
  if (!to)
    return std::move(to.error());
  if (to->process)
    horde::deliver(sender, to->process, std::move(content));
  else
    horde::deliver(sender, caf::actor_cast<caf::strong_actor_ptr>(to->member),
                   caf::make_message(deliver_to{to->who, std::move(content)}));
  return {};
}

caf::expected<caf::message>
registry_engine::meta(const std::string& key) const {
  if (auto bytes = view_.meta(key))
    return value_of(node_->sys, *bytes);
  return to_error(
    {errc::not_found,
     "'" + self_.who.horde + "' has no meta data under '" + key + "'"});
}

member_list registry_engine::members() const {
  std::lock_guard guard{mutex_};
  return list_of(core_, self_.who, node_->time.now().wall, peers_);
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

caf::strong_actor_ptr registry_engine::process(const horde::pid& who) const {
  if (who.node != node_->self.life)
    return nullptr; // of an earlier life of this node
  return node_->processes.find(who.actor);
}

void registry_engine::deliver(const caf::strong_actor_ptr& sender,
                              const deliver_to& x) const {
  horde::deliver(sender, process(x.who), x.content);
}

// -- listeners ---------------------------------------------------------------

void registry_engine::subscribe(const caf::strong_actor_ptr& who) {
  std::lock_guard guard{mutex_};
  if (watch_.add(who))
    anon_tell(self_.actor, actors::go_on_telling{});
}

void registry_engine::subscribe(std::function<void(const name_events&)> f) {
  using function = std::function<void(const name_events&)>;
  auto body = [](caf::event_based_actor*, const function& f) -> caf::behavior {
    return {[f](const name_events& x) { f(x); }};
  };
  std::lock_guard guard{mutex_};
  if (left_)
    return;
  auto reader = spawn_own(*node_, body, std::move(f));
  callbacks_.push_back(reader);
  watch_.add(caf::actor_cast<caf::strong_actor_ptr>(reader));
  anon_tell(self_.actor, actors::go_on_telling{});
}

void registry_engine::unsubscribe(const caf::strong_actor_ptr& who) {
  std::lock_guard guard{mutex_};
  watch_.remove(who);
}

void registry_engine::go_on_telling() {
  std::lock_guard guard{mutex_};
  if (watch_.go_on(view_))
    anon_tell(self_.actor, actors::go_on_telling{});
}

void registry_engine::ended(const processes_ended& x) {
  std::lock_guard guard{mutex_};
  for (auto actor : x.actors)
    watch_.ended({x.node, actor});
}

} // namespace horde::actors
