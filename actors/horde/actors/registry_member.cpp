// SPDX-License-Identifier: MIT

#include "horde/actors/answer_box.hpp"
#include "horde/actors/registry_engine.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde::actors {

namespace {

/// An answer must fit into one frame, also with what CAF adds to it.
constexpr std::size_t max_answer_bytes = 4 * 1024 * 1024;

/// Handlers for what users send; each calls the one implementation.
caf::message_handler user_messages(caf::event_based_actor* self,
                                   std::shared_ptr<registry_engine> engine,
                                   std::shared_ptr<answer_box> box) {
  return {
    [=](register_self& x) -> caf::result<void> {
      return answer(
        engine->register_name(self->current_sender(), x.name, x.value));
    },
    [=](register_pid& x) -> caf::result<void> {
      auto& node = engine->node();
      if (x.who.node == node.self.life) {
        if (auto who = node.processes.find(x.who.actor))
          return answer(engine->register_name(who, x.name, x.value));
        return to_error({errc::not_found, "no horde of " + node.self.name
                                            + " knows " + to_string(x.who)});
      }
      if (auto owner = engine->member_on(x.who.node))
        return pass_on(self, owner, std::move(x));
      return to_error({errc::node_down, "no member of this horde runs on the "
                                        "node of "
                                          + to_string(x.who)});
    },
    [=](const unregister_self& x) {
      if (auto who = self->current_sender())
        engine->unregister(who->id(), x.name);
    },
    [=](update_self& x) -> caf::result<value_change> {
      auto who = self->current_sender();
      auto done =
        engine->update_value(who ? who->id() : caf::invalid_actor_id, x.name,
                             [&](const caf::message&) { return x.value; });
      if (!done)
        return std::move(done.error());
      return std::move(*done);
    },
    [=](const put_meta& x) -> caf::result<void> {
      return answer(engine->put_meta(x.key, x.value));
    },
    [=](const delete_meta& x) -> caf::result<void> {
      return answer(engine->delete_meta(x.key));
    },
    [=](const get_meta& x) -> caf::result<meta_value> {
      auto found = engine->meta(x.key);
      if (!found)
        return std::move(found.error());
      return meta_value{std::move(*found)};
    },
    [=](const lookup_name& x) -> caf::result<registration> {
      if (auto found = engine->view().lookup(x.name))
        return *std::move(found);
      return to_error(
        {errc::not_found, "nobody has the name '" + x.name + "'"});
    },
    [=](send_to_name& x) -> caf::result<void> {
      return answer(
        engine->send(self->current_sender(), x.name, std::move(x.content)));
    },
    [=](ask_name& x) -> caf::result<void> {
      auto to = engine->route_to(x.name, x.content);
      if (!to)
        return std::move(to.error());
      if (to->process)
        return pass_on(self, caf::actor_cast<caf::actor>(to->process),
                       std::move(x.content));
      return pass_on(self, to->member,
                     ask_process{to->who, std::move(x.content)});
    },
    [=](const list_names& x) {
      name_list result{engine->view().count(), {}};
      std::size_t bytes = 0;
      engine->view().for_each([&](const registration& entry) {
        bytes += sizeof(entry) + entry.name.size() + entry.value.size();
        if (result.names.size() >= x.limit || bytes > max_answer_bytes)
          return false;
        result.names.push_back(entry);
        return true;
      });
      return result;
    },
    [=](const await_name& x) -> caf::result<registration> {
      auto promise = self->make_response_promise<registration>();
      engine->await(x.name, x.limit, box->keeper<registration>(promise));
      return promise;
    },
    [=](const wait_for_acks& x) -> caf::result<void> {
      auto promise = self->make_response_promise<void>();
      engine->wait_for_acks(x.by, x.limit, box->keeper<void>(promise));
      return promise;
    },
    [=](subscribe_names) { engine->subscribe(self->current_sender()); },
    [=](unsubscribe_names) { engine->unsubscribe(self->current_sender()); },
    [=](const set_members& x) -> caf::result<void> {
      return answer(engine->set_members(x.list));
    },
    [=](get_members) { return engine->members(); },
    [=](const wait_for_quorum& x) -> caf::result<void> {
      auto promise = self->make_response_promise<void>();
      engine->wait_for_quorum(x.limit, box->keeper<void>(promise));
      return promise;
    },
    [=](look_inside) {
      for (auto& f : box->take())
        f();
    },
    [=](get_status) { return engine->status(); },
  };
}

/// Handlers for peers, the node and timers.
caf::message_handler inner_messages(caf::event_based_actor* self,
                                    std::shared_ptr<registry_engine> engine) {
  return {
    [=](const peer_bytes& x) { engine->receive(x); },
    [=](const deliver_to& x) { engine->deliver(self->current_sender(), x); },
    [=](ask_process& x) -> caf::result<void> {
      if (auto who = engine->process(x.who))
        return pass_on(self, caf::actor_cast<caf::actor>(who),
                       std::move(x.content));
      return to_error(
        {errc::not_found, "the process " + to_string(x.who) + " has ended"});
    },
    [=](const peer_joined& x) { engine->joined(x); },
    [=](const peer_gone& x) { engine->gone(x); },
    [=](const node_event& x) { engine->node_changed(x); },
    [=](const tick& x) { engine->tick(x); },
    [=](const processes_ended& x) { engine->ended(x); },
    [=](go_on_telling) { engine->go_on_telling(); },
    [=](const drive_members& x) -> caf::result<void> {
      return answer(engine->drive_members(x));
    },
    [=](stop_member) {
      engine->leave();
      self->quit();
    },
  };
}

} // namespace

caf::actor spawn_registry_member(node_context& node,
                                 std::shared_ptr<registry_engine> engine) {
  auto body = [](caf::event_based_actor* self,
                 std::shared_ptr<registry_engine> state) {
    auto box = std::make_shared<answer_box>(caf::actor_cast<caf::actor>(self));
    // Only its node stops a member; exits of others are not its business.
    return with_exit(
      self, [](const caf::exit_msg&) {},
      user_messages(self, state, box)
        .or_else(lock_messages(self, state, box))
        .or_else(inner_messages(self, state)));
  };
  return spawn_own(node, body, std::move(engine));
}

} // namespace horde::actors
