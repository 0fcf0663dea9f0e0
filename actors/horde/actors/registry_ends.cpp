// SPDX-License-Identifier: MIT
//
// What a registry's engine does when processes of its node end.

#include <algorithm>
#include <iterator>

#include "horde/actors/registry_engine.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde::actors {

/// Before it is told that their names went.
void registry_engine::tell_ended() {
  if (ended_.empty())
    return;
  constexpr std::size_t most = 8192; // of one message
  for (std::size_t i = 0; i < ended_.size(); i += most) {
    auto first = ended_.begin() + static_cast<std::ptrdiff_t>(i);
    auto count = std::min(most, ended_.size() - i);
    processes_ended part{node_->self.life,
                         {first, first + static_cast<std::ptrdiff_t>(count)}};
    for (const auto& peer : peers_.linked())
      anon_tell(peer, part);
  }
  ended_.clear();
}

/// When the process ends its names go. The functor runs in the thread in which
/// it ends, or here if it ended already.
void registry_engine::watch(const caf::strong_actor_ptr& who) {
  on_end(who, [weak = weak_from_this(), actor = who->id()](const caf::error&) {
    if (auto self = weak.lock())
      self->process_ended(actor);
  });
}

/// Readers find it no more; the rest is left to the member's thread, as many
/// may end at a time.
void registry_engine::process_ended(std::uint64_t actor) {
  view_.mark_ended({node_->self.life, actor});
  std::unique_lock guard{ends_mutex_};
  ends_.push_back(actor);
  if (!has_ends_.exchange(true))
    anon_tell(self_.actor, actors::look_at_ends{});
}

/// In a step.
void registry_engine::end_some() {
  std::unique_lock guard{ends_mutex_};
  std::move(ends_.begin(), ends_.end(), std::back_inserter(ending_));
  ends_.clear();
  guard.unlock();
  for (std::size_t names = 64; names > 0 && !ending_.empty();) {
    auto actor = ending_.front();
    if (watched_.of(actor).erase(actor) > 0) {
      watch_.ended({node_->self.life, actor});
      ended_.push_back(actor);
    }
    names -= std::max(core_.process_ended(actor, names), std::size_t{1});
    if (!core_.holds_any(actor))
      ending_.pop_front();
  }
  guard.lock();
  has_ends_ = !ends_.empty() || !ending_.empty();
}

} // namespace horde::actors
