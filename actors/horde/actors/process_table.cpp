// SPDX-License-Identifier: MIT

#include "horde/actors/process_table.hpp"

namespace horde::actors {

void process_table::hold(const caf::strong_actor_ptr& who) {
  std::lock_guard guard{mutex_};
  if (closed_)
    return;
  auto& x = slots_.of(who->id())[who->id()];
  if (!x.who)
    x.who = who;
  ++x.holders;
}

void process_table::replace(std::uint64_t actor, caf::strong_actor_ptr by) {
  std::lock_guard guard{mutex_};
  if (closed_)
    return;
  auto& x = slots_.of(actor)[actor];
  std::swap(x.who, by); // released outside of the lock
  ++x.holders;
}

void process_table::drop(std::uint64_t actor) {
  caf::strong_actor_ptr last; // released outside of the lock: may end the actor
  std::lock_guard guard{mutex_};
  auto& part = slots_.of(actor);
  auto i = part.find(actor);
  if (i == part.end() || --i->second.holders > 0)
    return;
  last = std::move(i->second.who);
  part.erase(i);
}

void process_table::close() {
  decltype(slots_) last; // released outside of the lock
  std::lock_guard guard{mutex_};
  closed_ = true;
  std::swap(last, slots_);
}

caf::strong_actor_ptr process_table::find(std::uint64_t actor) const {
  std::lock_guard guard{mutex_};
  const auto& part = slots_.of(actor);
  auto i = part.find(actor);
  return i != part.end() ? i->second.who : nullptr;
}

} // namespace horde::actors
