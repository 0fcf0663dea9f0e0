// SPDX-License-Identifier: MIT
//
// Messages to names: to processes of this node, or through the owner's member.

#include <unordered_map>

#include "horde/actors/entry.hpp"
#include "horde/actors/member_setup.hpp"
#include "horde/actors/passing.hpp"
#include "horde/actors/registry_engine.hpp"
#include "horde/actors/type_ids.hpp"
#include "horde/random.hpp"

namespace horde::actors {

namespace {

std::size_t any_of(std::size_t count) {
  thread_local random_engine rng{random_bits()};
  return below(rng, count);
}

} // namespace

std::optional<failure>
registry_engine::needs_unique_keys(const std::string& what) const {
  if (core_.keys() == key_mode::unique)
    return std::nullopt;
  return failure{errc::refused, what + " needs unique keys; '" + name_
                                  + "' has duplicate ones"};
}

caf::expected<registry_engine::route>
registry_engine::route_to(const std::string& name,
                          const caf::message& content) const {
  if (auto problem = needs_unique_keys("a message to a name"))
    return to_error(*problem);
  auto owner = view_.owner_of(name);
  if (!owner)
    return to_error({errc::not_found, "nobody has the name '" + name + "'"});
  return route_of(name, owner->first, content);
}

caf::expected<registry_engine::route>
registry_engine::route_of(const std::string& name, const horde::pid& who,
                          const caf::message& content) const {
  route result;
  result.who = who;
  if (who.node == node_->self.life) {
    result.process = process(who);
    if (result.process)
      return result;
    return to_error(
      {errc::not_found, "the process named '" + name + "' has just ended"});
  }
  if (auto problem = check_shipping(node_->sys, name, content))
    return to_error(*problem);
  result.member = member_on(who.node);
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
  deliver(sender, *to, std::move(content));
  return {};
}

void registry_engine::deliver(const caf::strong_actor_ptr& sender,
                              const route& to, caf::message content) {
  if (to.process)
    horde::deliver(sender, to.process, std::move(content));
  else
    horde::deliver(sender, caf::actor_cast<caf::strong_actor_ptr>(to.member),
                   caf::make_message(deliver_to{to.who, std::move(content)}));
}

// -- groups ------------------------------------------------------------------

caf::expected<std::size_t>
registry_engine::publish(const caf::strong_actor_ptr& sender,
                         const std::string& name, const caf::message& content,
                         publish_scope scope) const {
  std::size_t result = 0;
  std::unordered_map<incarnation, std::vector<std::uint64_t>> elsewhere;
  for (const auto& who : view_.processes_named(name)) {
    if (who.node != node_->self.life)
      elsewhere[who.node].push_back(who.actor);
    else if (auto to = process(who)) {
      horde::deliver(sender, to, content);
      ++result;
    }
  }
  if (scope == publish_scope::this_node || elsewhere.empty())
    return result;
  if (auto problem = check_shipping(node_->sys, name, content))
    return to_error(*problem);
  for (auto& [node, actors] : elsewhere) {
    auto member = member_on(node);
    if (!member)
      continue;
    result += actors.size();
    horde::deliver(
      sender, caf::actor_cast<caf::strong_actor_ptr>(member),
      caf::make_message(deliver_to_all{node, std::move(actors), content}));
  }
  return result;
}

caf::expected<void>
registry_engine::send_to_one(const caf::strong_actor_ptr& sender,
                             const std::string& name, const chooser& choose,
                             caf::message content) const {
  auto all = view_.lookup_all(name);
  if (all.empty())
    return to_error({errc::not_found, "nobody has the name '" + name + "'"});
  auto chosen = choose ? choose(all) : any_of(all.size());
  if (chosen >= all.size())
    return to_error({errc::refused, "the function chose entry "
                                      + std::to_string(chosen) + " of "
                                      + std::to_string(all.size())
                                      + " with the name '" + name + "'"});
  auto to = route_of(name, all[chosen].who, content);
  if (!to)
    return std::move(to.error());
  deliver(sender, *to, std::move(content));
  return {};
}

// -- what arrives ------------------------------------------------------------

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

void registry_engine::deliver(const caf::strong_actor_ptr& sender,
                              const deliver_to_all& x) const {
  for (auto actor : x.actors)
    horde::deliver(sender, process({x.node, actor}), x.content);
}

} // namespace horde::actors
