// SPDX-License-Identifier: MIT
//
// What a registry's engine does without a step of its machine.

#include <algorithm>

#include "horde/actors/member_setup.hpp"
#include "horde/actors/registry_engine.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde::actors {

std::vector<naming::held_value>
registry_engine::held(std::uint64_t actor, const std::string& name) const {
  std::lock_guard guard{mutex_};
  return core_.held(actor, name);
}

caf::expected<duration>
registry_engine::last_contact(const std::string& name) const {
  auto owners = view_.processes_named(name);
  if (owners.empty())
    return to_error({errc::not_found, "nobody has the name '" + name + "'"});
  auto now = node_->time.now().wall;
  duration result{0};
  for (const auto& who : owners) {
    if (who.node == node_->self.life)
      continue;
    auto when = node_->contacts.last(who.node);
    if (!when)
      return to_error(
        {errc::node_down, "the node of '" + name + "' is not heard of here"});
    result = std::max(result, now - *when);
  }
  return result;
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
          core_.keys(),
          core_.conflicts(),
          1,
          names,
          core_.local_names(),
          peers_.refused(),
          core_.replica().stats()};
}

// -- listeners ---------------------------------------------------------------

void registry_engine::subscribe(
  const caf::strong_actor_ptr& who,
  const std::shared_ptr<std::atomic<std::size_t>>& untold) {
  std::lock_guard guard{mutex_};
  if (watch_.add(who, untold))
    anon_tell(self_.actor, actors::go_on_telling{});
}

caf::actor
registry_engine::spawn_reader(std::function<void(const name_events&)> f) {
  using function = std::function<void(const name_events&)>;
  auto body = [](caf::event_based_actor*, const function& f) -> caf::behavior {
    return {[f](const name_events& x) { f(x); }};
  };
  std::lock_guard guard{mutex_};
  if (left_)
    return nullptr;
  return callbacks_.emplace_back(spawn_own(*node_, body, std::move(f)));
}

void registry_engine::unsubscribe(const caf::strong_actor_ptr& who) {
  std::lock_guard guard{mutex_};
  watch_.remove(who);
}

void registry_engine::go_on_telling() {
  mutex_.lock_after_others();
  std::lock_guard guard{mutex_, std::adopt_lock};
  if (watch_.go_on(view_))
    anon_tell(self_.actor, actors::go_on_telling{});
}

void registry_engine::ended(const processes_ended& x) {
  std::lock_guard guard{mutex_};
  for (auto actor : x.actors)
    watch_.ended({x.node, actor});
}

} // namespace horde::actors
