// SPDX-License-Identifier: MIT
//
// Children that stop when they are idle, and start again when somebody asks for
// them: by a start of the same id, or by hand.

#include "horde/scheduling/scheduler.hpp"

namespace horde::scheduling {

/// It stays wanted, and nobody runs it until it is activated.
void scheduler::become_passive(local_child& x, moment now) {
  write_placed(x, child_state::passive, now);
  forget(std::string{x.spec.id}, now);
}

effects scheduler::activate_child(token caller, const std::string& id,
                                  moment now) {
  if (starts_.size() >= cfg_.max_requests) {
    emit(answer_start{
      caller, failure{errc::refused, "max_requests starts wait already"}});
    return finish(now);
  }
  supervision::child_spec spec;
  spec.id = id;
  auto x = request_of(std::move(spec), now);
  x.caller = caller;
  x.waits_for_pid = true;
  pursue(starts_.add(std::move(x)).id, now);
  return finish(now);
}

/// It is passive. Who does this at the same time elsewhere may choose another
/// member; then one of both copies stays, as ever.
void scheduler::activate(start_request& x, const child_entry& entry,
                         moment now) {
  const auto& id = x.spec.id;
  auto choice = choose_for(wish_of(id, entry));
  if (auto problem = std::get_if<failure>(&choice))
    return settle(x, std::move(*problem));
  auto target = roster_.find(*std::get<const member_id*>(choice));
  if (target == nullptr)
    return; // it is asked for again when the members are known
  x.waits_for_pid = true;
  x.is = progress::parked;
  x.act_at = never;
  starts_.reschedule(x);
  auto is_elsewhere = target->who != roster_.self();
  if (is_elsewhere || (lease_ && !is_placed_here(id)))
    place_on(*target, id, entry, now);
  else if (locals_.find(id) == nullptr)
    adopt(id, entry, now);
}

} // namespace horde::scheduling
