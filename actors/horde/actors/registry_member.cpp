// SPDX-License-Identifier: MIT

#include <algorithm>

#include "horde/actors/answer_box.hpp"
#include "horde/actors/registry_parts.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde::actors {

namespace {

/// An answer must fit into one frame, also with what CAF adds to it.
constexpr std::size_t max_answer_bytes = 4 * 1024 * 1024;

std::size_t size_of(const registration& x) {
  return sizeof(x) + x.name.size() + x.value.size();
}

/// Handlers for what users send; each calls the one implementation.
caf::message_handler user_messages(caf::event_based_actor* self,
                                   std::shared_ptr<const registry_parts> parts,
                                   std::shared_ptr<answer_box> box) {
  return {
    [=](register_self& x) -> caf::result<void> {
      return answer(parts->of(x.name).register_name(self->current_sender(),
                                                    x.name, x.value));
    },
    [=](register_pid& x) -> caf::result<void> {
      auto& node = parts->first().node();
      if (x.who.node == node.self.life) {
        if (auto who = node.processes.find(x.who.actor))
          return answer(parts->of(x.name).register_name(who, x.name, x.value));
        return to_error({errc::not_found, "no horde of " + node.self.name
                                            + " knows " + to_string(x.who)});
      }
      if (auto owner = parts->first().member_on(x.who.node))
        return pass_on(self, owner, std::move(x));
      return to_error({errc::node_down, "no member of this horde runs on the "
                                        "node of "
                                          + to_string(x.who)});
    },
    [=](const unregister_self& x) {
      if (auto who = self->current_sender())
        parts->of(x.name).unregister(who->id(), x.name);
    },
    [=](update_self& x) -> caf::result<value_change> {
      auto who = self->current_sender();
      auto done = parts->of(x.name).update_value(
        who ? who->id() : caf::invalid_actor_id, x.name,
        [&](const caf::message&) { return x.value; });
      if (!done)
        return std::move(done.error());
      return std::move(*done);
    },
    [=](const put_meta& x) -> caf::result<void> {
      return answer(parts->first().put_meta(x.key, x.value));
    },
    [=](const delete_meta& x) -> caf::result<void> {
      return answer(parts->first().delete_meta(x.key));
    },
    [=](const get_meta& x) -> caf::result<meta_value> {
      auto found = parts->first().meta(x.key);
      if (!found)
        return std::move(found.error());
      return meta_value{std::move(*found)};
    },
    [=](const lookup_name& x) -> caf::result<registration> {
      if (auto found = parts->of(x.name).view().lookup(x.name))
        return *std::move(found);
      return to_error(
        {errc::not_found, "nobody has the name '" + x.name + "'"});
    },
    [=](send_to_name& x) -> caf::result<void> {
      return answer(parts->of(x.name).send(self->current_sender(), x.name,
                                           std::move(x.content)));
    },
    [=](ask_name& x) -> caf::result<void> {
      auto to = parts->of(x.name).route_to(x.name, x.content);
      if (!to)
        return std::move(to.error());
      if (to->process)
        return pass_on(self, caf::actor_cast<caf::actor>(to->process),
                       std::move(x.content));
      return pass_on(self, to->member,
                     ask_process{to->who, std::move(x.content)});
    },
    [=](const publish_to& x) -> caf::result<published> {
      auto count = parts->of(x.name).publish(self->current_sender(), x.name,
                                             x.content, x.scope);
      if (!count)
        return std::move(count.error());
      return published{*count};
    },
    [=](send_to_any& x) -> caf::result<void> {
      return answer(parts->of(x.name).send_to_one(
        self->current_sender(), x.name, {}, std::move(x.content)));
    },
    [=](const lookup_group& x) {
      auto all = parts->of(x.name).view().lookup_all(x.name);
      auto total = all.size();
      std::size_t bytes = 0;
      auto end = std::ranges::find_if(all, [&](const registration& entry) {
        return (bytes += size_of(entry)) > max_answer_bytes;
      });
      all.erase(end, all.end());
      return name_list{total, std::move(all)};
    },
    [=](const list_names& x) {
      name_list result{parts->count(), {}};
      std::size_t bytes = 0;
      parts->for_each([&](const registration& entry) {
        bytes += size_of(entry);
        if (result.names.size() >= x.limit || bytes > max_answer_bytes)
          return false;
        result.names.push_back(entry);
        return true;
      });
      return result;
    },
    [=](const await_name& x) -> caf::result<registration> {
      auto promise = self->make_response_promise<registration>();
      parts->of(x.name).await(x.name, x.limit,
                              box->keeper<registration>(promise));
      return promise;
    },
    [=](const wait_for_acks& x) -> caf::result<void> {
      auto promise = self->make_response_promise<void>();
      parts->wait_for_acks(x.by, x.limit, box->keeper<void>(promise));
      return promise;
    },
    [=](subscribe_names) { parts->subscribe(self->current_sender()); },
    [=](unsubscribe_names) { parts->unsubscribe(self->current_sender()); },
    [=](const set_members& x) -> caf::result<void> {
      return answer(parts->set_members(x.list));
    },
    [=](get_members) { return parts->first().members(); },
    [=](const wait_for_quorum& x) -> caf::result<void> {
      auto promise = self->make_response_promise<void>();
      parts->wait_for_quorum(x.limit, box->keeper<void>(promise));
      return promise;
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
    [=](const deliver_to& x) { engine->deliver(self->current_sender(), x); },
    [=](const deliver_to_all& x) {
      engine->deliver(self->current_sender(), x);
    },
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
  auto body = [](caf::event_based_actor* self,
                 std::shared_ptr<const registry_parts> state, std::size_t i) {
    auto box = std::make_shared<answer_box>(caf::actor_cast<caf::actor>(self));
    // Only its node stops a member; exits of others are not its business.
    return with_exit(
      self, [](const caf::exit_msg&) {},
      user_messages(self, state, box)
        .or_else(lock_messages(self, state, state->all()[i], box))
        .or_else(inner_messages(self, state, i)));
  };
  return spawn_own(node, body, std::move(parts), partition);
}

} // namespace horde::actors
