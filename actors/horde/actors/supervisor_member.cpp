// SPDX-License-Identifier: MIT

#include "horde/actors/answer_box.hpp"
#include "horde/actors/supervisor_engine.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde::actors {

namespace {

/// An answer must fit into one frame.
constexpr std::size_t max_listed_children = 10'000;

using engine_ptr = std::shared_ptr<supervisor_engine>;
using box_ptr = std::shared_ptr<answer_box>;

caf::message_handler user_messages(caf::event_based_actor* self,
                                   engine_ptr engine, box_ptr box) {
  return {
    [=](start_child& x) -> caf::result<child_started> {
      engine->start_child(std::move(x.spec),
                          box->answer_later<child_started>(self));
      return caf::delegated<child_started>{};
    },
    [=](const terminate_child& x) -> caf::result<void> {
      engine->terminate_child(x.id, x.who, box->answer_later<void>(self));
      return caf::delegated<void>{};
    },
    [=](plan_child& x) -> caf::result<placement::plan> {
      return engine->plan(std::move(x.spec));
    },
    [=](const release_child& x) -> caf::result<void> {
      return answer(engine->release_child(x.id));
    },
    [=](subscribe_children) { engine->subscribe(self->current_sender()); },
    [=](unsubscribe_children) { engine->unsubscribe(self->current_sender()); },
    [=](which_children) {
      auto result = engine->which_children();
      if (result.children.size() > max_listed_children)
        result.children.resize(max_listed_children);
      return result;
    },
    [=](count_children) { return engine->count_children(); },
    [=](const set_members& x) -> caf::result<void> {
      return answer(engine->set_members(x.list, x.force));
    },
    [=](get_members) { return engine->members(); },
    [=](const wait_for_quorum& x) -> caf::result<void> {
      engine->wait_for_quorum(x.limit, box->answer_later<void>(self));
      return caf::delegated<void>{};
    },
    [=](get_status) { return engine->status(); },
    [=](look_inside) {
      for (auto& f : box->take())
        f();
    },
  };
}

caf::message_handler inner_messages(caf::event_based_actor* self,
                                    engine_ptr engine, box_ptr box) {
  return {
    [=](const peer_bytes& x) { engine->receive(x); },
    [=](const peer_joined& x) { engine->joined(x); },
    [=](const peer_gone& x) { engine->gone(x); },
    [=](const node_event& x) { engine->node_changed(x); },
    [=](const tick& x) { engine->tick(x); },
    [=](go_on_telling) { engine->go_on_telling(); },
    [=](const start_is_late& x) { engine->late(x); },
    [=](const grace_is_over& x) { engine->grace_over(x); },
    [=](const drive_members& x) -> caf::result<void> {
      return answer(engine->drive_members(x));
    },
    [=](drain_member) -> caf::result<void> {
      engine->drain([answer = box->answer_later<void>(self)] { answer({}); });
      return caf::delegated<void>{};
    },
    [=](stop_member) {
      engine->kill_all();
      self->quit(engine->why_it_ends());
    },
  };
}

} // namespace

caf::actor spawn_supervisor_member(node_context& node, engine_ptr engine) {
  auto body = [](caf::event_based_actor* self, engine_ptr state) {
    auto box = std::make_shared<answer_box>(caf::actor_cast<caf::actor>(self));
    // Only its node stops a member; exits of others are not its business.
    return with_exit(
      self, [](const caf::exit_msg&) {},
      user_messages(self, state, box)
        .or_else(inner_messages(self, state, box)));
  };
  return spawn_own(node, body, std::move(engine));
}

} // namespace horde::actors
