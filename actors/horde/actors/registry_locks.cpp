// SPDX-License-Identifier: MIT
//
// Locks, of a node and of the whole horde: where a registry's engine, its actor
// and its handle meet `key_locks` and `lock_engine`.

#include "horde/actors/answer_box.hpp"
#include "horde/actors/lock_engine.hpp"
#include "horde/actors/registry.hpp"
#include "horde/actors/registry_parts.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde::actors {

std::optional<lock_engine::news> registry_engine::news_for_locks() {
  auto version = core_.roster().version();
  if (std::exchange(roster_version_, version) == version)
    return std::nullopt;
  lock_engine::news result{version, self_, {}, peers_.linked_members()};
  for (const auto& x : core_.roster().members())
    result.list.push_back(x.who);
  return result;
}

caf::message_handler lock_messages(caf::event_based_actor* self,
                                   std::shared_ptr<const registry_parts> parts,
                                   std::shared_ptr<registry_engine> engine,
                                   std::shared_ptr<answer_box> box) {
  return {
    [=](const take_lock& x) -> caf::result<lock_granted> {
      auto holder = self->current_sender(); // the promise takes it
      auto granted = box->answer_later<lock_granted>(self);
      caf::actor_addr address;
      if (holder)
        address = caf::actor_cast<caf::actor_addr>(holder);
      // By the box, too: it comes behind the answer.
      auto lost = [box, address](const lock_lost& what) {
        box->put([address, what] {
          deliver(nullptr, caf::actor_cast<caf::strong_actor_ptr>(address),
                  caf::make_message(what));
        });
      };
      parts->first().cluster_locks().take(holder, x, std::move(granted), lost);
      return caf::delegated<lock_granted>{};
    },
    [=](const release_lock& x) {
      if (auto who = self->current_sender())
        parts->first().cluster_locks().release(who->id(), x);
    },
    [=](const lock_bytes& x) { engine->cluster_locks().receive(x); },
    [=](const lock_tick& x) { engine->cluster_locks().tick(x); },
  };
}

} // namespace horde::actors

namespace horde {

using actors::no_registry;

caf::expected<void> registry::run_locked(const std::string& key,
                                         const std::function<void()>& f) const {
  if (!parts_)
    return no_registry();
  auto guard = parts_->first().locks().take(key);
  if (!guard)
    return to_error(
      {errc::refused, "the lock '" + key + "' is held by this very thread"});
  f();
  return {};
}

caf::expected<cluster_lock_guard>
registry::cluster_lock(const std::string& key, lock_options options) const {
  if (!parts_)
    return no_registry();
  return parts_->first().cluster_locks().lock(key, std::move(options));
}

} // namespace horde
