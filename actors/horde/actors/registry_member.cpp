// SPDX-License-Identifier: MIT

#include "horde/actors/answer_box.hpp"
#include "horde/actors/registry_parts.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde::actors {

namespace {

/// Handlers for what users send and is not answered at once.
caf::message_handler user_messages(caf::event_based_actor* self,
                                   std::shared_ptr<const registry_parts> parts,
                                   std::shared_ptr<answer_box> box) {
  return {
    [=](const list_names& x) { return parts->list(x); },
    [=](const list_meta& x) {
      return parts->first().list_meta(x.from, x.limit);
    },
    [=](const await_name& x) -> caf::result<registration> {
      parts->of(x.name).await(x.name, x.limit,
                              box->answer_later<registration>(self));
      return caf::delegated<registration>{};
    },
    [=](const wait_for_acks& x) -> caf::result<void> {
      parts->wait_for_acks(x.by, x.limit, box->answer_later<void>(self));
      return caf::delegated<void>{};
    },
    [=](subscribe_names) { parts->subscribe(self->current_sender()); },
    [=](unsubscribe_names) { parts->unsubscribe(self->current_sender()); },
    [=](const set_members& x) -> caf::result<void> {
      return answer(parts->set_members(x.list));
    },
    [=](get_members) { return parts->first().members(); },
    [=](const wait_for_quorum& x) -> caf::result<void> {
      parts->wait_for_quorum(x.limit, box->answer_later<void>(self));
      return caf::delegated<void>{};
    },
    [=](look_inside) {
      for (auto& f : box->take())
        f();
    },
    [=](get_status) { return parts->status(); },
  };
}

/// Handlers for peers, the node and timers.
caf::message_handler inner_messages(caf::event_based_actor* self,
                                    std::shared_ptr<const registry_parts> parts,
                                    std::size_t partition) {
  auto engine = parts->all()[partition];
  // By a listener of users, who know nothing of partitions; or of the node,
  // which keeps each by itself.
  auto drives_all = partition == 0 && engine->mode() != member_mode::automatic;
  return {
    [=](const peer_bytes& x) { engine->receive(x); },
    [=](const peer_joined& x) { engine->joined(x); },
    [=](const peer_gone& x) { engine->gone(x); },
    [=](const node_event& x) { engine->node_changed(x); },
    [=](const tick& x) { engine->tick(x); },
    [=](const processes_ended& x) { engine->ended(x); },
    [=](const process_is_child& x) { engine->mark(x); },
    [=](go_on_telling) { engine->go_on_telling(); },
    [=](look_at_ends) { engine->look_at_ends(); },
    [=](const drive_members& x) -> caf::result<void> {
      return answer(drives_all ? parts->drive_members(x)
                               : engine->drive_members(x));
    },
    [=](stop_member) {
      engine->leave();
      self->quit();
    },
  };
}

} // namespace

caf::actor spawn_registry_member(node_context& node,
                                 std::shared_ptr<const registry_parts> parts,
                                 std::size_t partition) {
  // An engine has its actor's handle, so the actor itself has none of the
  // parts.
  auto answer = [state = std::weak_ptr{parts}](
                  const prompt_question& x) -> std::optional<prompt_answer> {
    if (auto all = state.lock())
      return answer_at_once(*all, x.sender, x.content);
    return std::nullopt;
  };
  auto body = [state = std::move(parts),
               partition](caf::event_based_actor* self) {
    auto box = std::make_shared<answer_box>(caf::actor_cast<caf::actor>(self));
    // Only its node stops a member; exits of others are not its business.
    return with_exit(
      self, [](const caf::exit_msg&) {},
      user_messages(self, state, box)
        .or_else(lock_messages(self, state, state->all()[partition], box))
        .or_else(inner_messages(self, state, partition)));
  };
  return spawn_own<eager_actor>(node, std::move(answer), std::move(body));
}

} // namespace horde::actors
