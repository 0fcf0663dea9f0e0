// SPDX-License-Identifier: MIT

#include "horde/actors/answer_box.hpp"
#include "horde/actors/eager_actor.hpp"
#include "horde/actors/passing.hpp"
#include "horde/actors/supervisor_engine.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde::actors {

namespace {

/// An answer must fit into one frame.
constexpr std::size_t max_listed_children = 10'000;

using engine_ptr = std::shared_ptr<supervisor_engine>;
using box_ptr = std::shared_ptr<answer_box>;

// Starts and ends of children begin in the thread of whoever asks for them.

void take(supervisor_engine& engine, const start_child& x,
          const prompt_question& asked) {
  engine.start_child(x.spec, later_answer<child_started>(asked), x.ack);
}

void take(supervisor_engine& engine, const find_or_start& x,
          const prompt_question& asked) {
  engine.find_or_start(x.spec, later_answer<child_started>(asked), x.ack);
}

void take(supervisor_engine& engine, const activate_child& x,
          const prompt_question& asked) {
  engine.activate_child(x.id, later_answer<child_started>(asked));
}

void take(supervisor_engine& engine, const terminate_child& x,
          const prompt_question& asked) {
  engine.terminate_child(x.id, x.who, later_answer<void>(asked));
}

/// To a child that has come here, by who sent to its name where it was.
prompt_answer pass_on(const supervisor_engine& engine,
                      const prompt_question& x) {
  if (x.content.match_elements<deliver_to>()) {
    const auto& what = x.content.get_as<deliver_to>(0);
    deliver(x.sender, engine.process(what.who), what.content);
    return {.content = {}, .is_later = true};
  }
  const auto& what = x.content.get_as<ask_process>(0);
  if (auto who = engine.process(what.who))
    return {what.content, who};
  return {caf::make_message(to_error(
    {errc::not_found, "the process " + to_string(what.who) + " has ended"}))};
}

prompt_answer send_to(supervisor_engine& engine, const prompt_question& x) {
  const auto& what = x.content.get_as<send_to_child>(0);
  auto done = engine.send(x.sender, what.id, what.content);
  if (!done)
    return {caf::make_message(std::move(done.error()))};
  return {};
}

prompt_answer ask(supervisor_engine& engine, const prompt_question& x) {
  const auto& what = x.content.get_as<horde::ask_child>(0);
  auto to = engine.route_to(what.id, what.content);
  if (!to)
    return {caf::make_message(std::move(to.error()))};
  if (to->process)
    return {passed_on(*to->process, what.content, x.id.is_request()), to->to};
  return {what.content, to->to};
}

std::optional<prompt_answer> take_at_once(supervisor_engine& engine,
                                          const prompt_question& x) {
  if (x.content.match_elements<deliver_to>()
      || x.content.match_elements<ask_process>())
    return pass_on(engine, x);
  if (x.content.match_elements<send_to_child>())
    return send_to(engine, x);
  if (x.content.match_elements<horde::ask_child>())
    return ask(engine, x);
  auto is_taken = [&]<class T>(std::type_identity<T>) {
    if (!x.content.match_elements<T>())
      return false;
    take(engine, x.content.get_as<T>(0), x);
    return true;
  };
  if (is_taken(std::type_identity<start_child>{})
      || is_taken(std::type_identity<find_or_start>{})
      || is_taken(std::type_identity<activate_child>{})
      || is_taken(std::type_identity<terminate_child>{}))
    return prompt_answer{.content = {}, .is_later = true};
  return std::nullopt;
}

caf::message_handler user_messages(caf::event_based_actor* self,
                                   engine_ptr engine, box_ptr box) {
  return {
    [=](plan_child& x) -> caf::result<placement::plan> {
      return engine->plan(std::move(x.spec));
    },
    [=](const rebalance& x) { return engine->rebalance(x.dry_run); },
    [=](const plan_nodes& x) { return engine->plan_nodes(x); },
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

/// The engine's own limit is shorter; this one only ends the request.
constexpr auto states_come_within = std::chrono::minutes{10};

void ask_for_its_state(caf::event_based_actor* self, const engine_ptr& engine,
                       std::uint64_t start) {
  auto child = engine->child_of(start);
  if (!child)
    return;
  ask(self, child, states_come_within, give_state{})
    .then([=](handed_state& x) { engine->state_came(start, std::move(x)); },
          [=](caf::error& x) { engine->state_came(start, std::move(x)); });
}

void ask_if_it_is_ready(caf::event_based_actor* self, const engine_ptr& engine,
                        std::uint64_t start) {
  auto child = engine->child_of(start);
  if (!child)
    return;
  auto limit = engine->start_timeout_of(start);
  ask(self, child, limit > duration{0} ? limit : states_come_within,
      report_ready{})
    .then([=] { engine->said_ready(start, {}); },
          [=](const caf::error& x) { engine->said_ready(start, x); });
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
    [=](go_on_working) { engine->work_off(); },
    [=](const ask_for_state& x) { ask_for_its_state(self, engine, x.start); },
    [=](const ask_if_ready& x) { ask_if_it_is_ready(self, engine, x.start); },
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
  // The engine has its actor's handle, so what the actor has for ever is weak.
  auto answer = [state = std::weak_ptr{engine}](
                  const prompt_question& x) -> std::optional<prompt_answer> {
    auto known = state.lock();
    return known ? take_at_once(*known, x) : std::nullopt;
  };
  auto body = [state = std::move(engine)](caf::event_based_actor* self) {
    auto box = std::make_shared<answer_box>(caf::actor_cast<caf::actor>(self));
    // Only its node stops a member; exits of others are not its business.
    return with_exit(
      self, [](const caf::exit_msg&) {},
      user_messages(self, state, box)
        .or_else(inner_messages(self, state, box)));
  };
  return spawn_own<eager_actor>(node, std::move(answer), std::move(body));
}

} // namespace horde::actors
