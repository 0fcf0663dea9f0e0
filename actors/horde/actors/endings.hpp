// SPDX-License-Identifier: MIT
//
// The ends of the detached actors of a node. Whoever monitors an actor is told
// of its end one after the other, the last one first. If the actor system ended
// while that goes on, the news for CAF's broker (which monitors on behalf of
// other nodes) would come after the broker's end, keep the actor that it is
// about, and CAF would wait for that actor for ever.

#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>

#include <caf/actor.hpp>

#include "horde/actors/caf_compat.hpp"

namespace horde::actors {

class endings {
public:
  /// To be called right after the spawn: who comes first is told last.
  void watch(const caf::actor& who) {
    {
      std::lock_guard guard{state_->mutex};
      ++state_->alive;
    }
    on_end(caf::actor_cast<caf::strong_actor_ptr>(who),
           [state = state_](const caf::error&) {
             std::lock_guard guard{state->mutex};
             --state->alive;
             state->changed.notify_all();
           });
  }

  /// Until all have ended and everybody was told.
  void wait() {
    std::unique_lock guard{state_->mutex};
    state_->changed.wait(guard, [this] { return state_->alive == 0; });
  }

private:
  struct state {
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t alive = 0;
  };

  std::shared_ptr<state> state_ = std::make_shared<state>();
};

} // namespace horde::actors
