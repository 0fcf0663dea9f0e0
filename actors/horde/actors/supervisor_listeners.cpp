// SPDX-License-Identifier: MIT
//
// The part of `supervisor_engine` for those who listen to children.

#include "horde/actors/supervisor_engine.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde::actors {

void supervisor_engine::subscribe(const caf::strong_actor_ptr& who) {
  std::lock_guard guard{mutex_};
  if (!watch_.add(who))
    return;
  core_.tell_events(true);
  anon_tell(self_.actor, actors::go_on_telling{});
}

void supervisor_engine::unsubscribe(const caf::strong_actor_ptr& who) {
  std::lock_guard guard{mutex_};
  watch_.remove(who);
  core_.tell_events(!watch_.empty());
}

void supervisor_engine::subscribe(std::function<void(const child_events&)> f) {
  using function = std::function<void(const child_events&)>;
  auto body = [](caf::event_based_actor*, const function& f) -> caf::behavior {
    return {[f](const child_events& x) { f(x); }};
  };
  std::unique_lock guard{mutex_};
  if (stopped_)
    return;
  auto reader = spawn_own(*node_, body, std::move(f));
  callbacks_.push_back(reader);
  guard.unlock();
  subscribe(caf::actor_cast<caf::strong_actor_ptr>(reader));
}

void supervisor_engine::go_on_telling() {
  std::lock_guard guard{mutex_};
  if (watch_.go_on(core_))
    anon_tell(self_.actor, actors::go_on_telling{});
}

void supervisor_engine::tell_listeners() {
  watch_.tell();
  core_.tell_events(!watch_.empty());
}

caf::expected<void> supervisor_engine::release_child(const std::string& id) {
  std::optional<failure> problem;
  auto stopped = false;
  step([&](moment now) -> scheduling::effects {
    if ((stopped = stopped_))
      return {};
    return core_.release_child(id, now, problem);
  });
  if (stopped)
    return has_stopped();
  if (problem)
    return to_error(*problem);
  return {};
}

} // namespace horde::actors
