// SPDX-License-Identifier: MIT

#include "horde/actors/process_table.hpp"

namespace horde::actors {

void process_table::hold(const caf::strong_actor_ptr& who) {
  std::lock_guard guard{mutex_};
  if (closed_)
    return;
  auto& x = slots_[who->id()];
  x.who = who;
  ++x.holders;
}

void process_table::drop(std::uint64_t actor) {
  caf::strong_actor_ptr last; // released outside of the lock: may end the actor
  std::lock_guard guard{mutex_};
  auto i = slots_.find(actor);
  if (i == slots_.end() || --i->second.holders > 0)
    return;
  last = std::move(i->second.who);
  slots_.erase(i);
}

void process_table::close() {
  std::unordered_map<std::uint64_t, slot> last; // released outside of the lock
  std::lock_guard guard{mutex_};
  closed_ = true;
  last.swap(slots_);
}

caf::strong_actor_ptr process_table::find(std::uint64_t actor) const {
  std::lock_guard guard{mutex_};
  auto i = slots_.find(actor);
  return i != slots_.end() ? i->second.who : nullptr;
}

} // namespace horde::actors
