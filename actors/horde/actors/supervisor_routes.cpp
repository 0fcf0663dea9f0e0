// SPDX-License-Identifier: MIT
//
// The part of `supervisor_engine` for messages to children, by id or process,
// wherever they run; who does not run is started or waited for.

#include "horde/actors/passing.hpp"
#include "horde/actors/supervisor_engine.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde::actors {

caf::actor supervisor_engine::child_of(scheduling::token start) const {
  std::lock_guard guard{mutex_};
  auto known = starts_.find(start);
  if (known == starts_.end())
    return {};
  const auto& x = known->second;
  return caf::actor_cast<caf::actor>(x.unready ? x.unready->actor : x.child);
}

caf::strong_actor_ptr supervisor_engine::process(const pid& who) const {
  return who.node == node_->self.life ? node_->processes.find(who.actor)
                                      : nullptr;
}

supervisor_engine::route supervisor_engine::route_of(const pid& who) const {
  if (who.node == node_->self.life)
    return {process(who)};
  auto member = peers_.handle(who.node);
  return {caf::actor_cast<caf::strong_actor_ptr>(member), who};
}

caf::expected<supervisor_engine::route>
supervisor_engine::route_to(const std::string& id,
                            const caf::message& content) {
  std::unique_lock guard{mutex_};
  if (stopped_)
    return has_stopped();
  auto runs_as = core_.pid_of(id);
  if (!runs_as)
    return to_error({errc::not_found, "there is no child '" + id + "'"});
  auto waits = awaited_.find(id);
  if (waits == awaited_.end() && *runs_as && process(*runs_as))
    return route_of(*runs_as);
  // It runs elsewhere, or may do so when it runs.
  guard.unlock();
  if (auto problem = check_shipping(node_->sys, id, content))
    return to_error(*problem);
  guard.lock();
  waits = awaited_.find(id);
  if (waits != awaited_.end())
    return route{caf::actor_cast<caf::strong_actor_ptr>(waits->second)};
  if (*runs_as && runs_as->node != node_->self.life) {
    auto result = route_of(*runs_as);
    if (result.to)
      return result;
    return to_error(
      {errc::node_down, "the node of child '" + id + "' cannot be reached"});
  }
  auto instead = node_->sys.spawn<stand_in, caf::hidden>("child '" + id + "'");
  awaited_.emplace(id, instead);
  guard.unlock();
  activate_child(id, [weak = weak_from_this(),
                      id](const caf::expected<child_started>& result) {
    if (auto self = weak.lock())
      self->child_awaited(id, result);
  });
  return route{caf::actor_cast<caf::strong_actor_ptr>(instead)};
}

caf::expected<void> supervisor_engine::send(const caf::strong_actor_ptr& sender,
                                            const std::string& id,
                                            caf::message content) {
  auto to = route_to(id, content);
  if (!to)
    return std::move(to.error());
  if (to->process)
    content = passed_on(*to->process, std::move(content), false);
  deliver(sender, to->to, std::move(content));
  return {};
}

/// What waits goes before what comes: the lock is held.
void supervisor_engine::child_awaited(
  const std::string& id, const caf::expected<child_started>& result) {
  std::lock_guard guard{mutex_};
  auto known = awaited_.extract(id);
  if (known.empty())
    return;
  auto& instead = stand_in_of(known.mapped());
  auto to = result ? route_of(result->who) : route{};
  if (to.to)
    instead.open(std::move(to));
  else if (result)
    instead.give_up({errc::not_found, "it has just ended"});
  else
    instead.give_up({code_of(result.error()), render(result.error())});
  caf::anon_send_exit(known.mapped(), caf::exit_reason::user_shutdown);
}

} // namespace horde::actors
