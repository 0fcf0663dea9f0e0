// SPDX-License-Identifier: MIT
//
// Messages about one name or about meta data, and those to names: answered in
// the thread of whoever sends them, each by the one implementation.

#include <tuple>
#include <type_traits>

#include "horde/actors/registry_parts.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde::actors {

namespace {

using sender_ptr = caf::strong_actor_ptr;

prompt_answer failed(caf::error why) {
  return {caf::make_message(std::move(why))};
}

template <class T>
prompt_answer answer_of(caf::expected<T> x) {
  if (!x)
    return failed(std::move(x.error()));
  if constexpr (std::is_void_v<T>)
    return {};
  else
    return {caf::make_message(std::move(*x))};
}

caf::actor_id id_of(const sender_ptr& x) {
  return x ? x->id() : caf::invalid_actor_id;
}

prompt_answer answer_to(const registry_parts& parts, const sender_ptr& sender,
                        const register_self& x) {
  return answer_of(parts.of(x.name).register_name(sender, x.name, x.value));
}

prompt_answer answer_to(const registry_parts& parts, const sender_ptr&,
                        const register_pid& x) {
  auto& node = parts.first().node();
  if (x.who.node == node.self.life) {
    if (auto who = node.processes.find(x.who.actor))
      return answer_of(parts.of(x.name).register_name(who, x.name, x.value));
    return failed(
      to_error({errc::not_found, "no horde of " + node.self.name + " knows "
                                   + to_string(x.who)}));
  }
  if (auto owner = parts.first().member_on(x.who.node))
    return {caf::make_message(x), caf::actor_cast<sender_ptr>(owner)};
  return failed(
    to_error({errc::node_down, "no member of this horde runs on the node of "
                                 + to_string(x.who)}));
}

prompt_answer answer_to(const registry_parts& parts, const sender_ptr& sender,
                        const unregister_self& x) {
  if (sender)
    parts.of(x.name).unregister(sender->id(), x.name);
  return {};
}

prompt_answer answer_to(const registry_parts& parts, const sender_ptr& sender,
                        const update_self& x) {
  return answer_of(parts.of(x.name).update_value(
    id_of(sender), x.name, [&](const caf::message&) { return x.value; }));
}

prompt_answer answer_to(const registry_parts& parts, const sender_ptr&,
                        const put_meta& x) {
  return answer_of(parts.first().put_meta(x.key, x.value));
}

prompt_answer answer_to(const registry_parts& parts, const sender_ptr&,
                        const delete_meta& x) {
  return answer_of(parts.first().delete_meta(x.key));
}

prompt_answer answer_to(const registry_parts& parts, const sender_ptr&,
                        const get_meta& x) {
  auto found = parts.first().meta(x.key);
  if (!found)
    return failed(std::move(found.error()));
  return {caf::make_message(meta_value{std::move(*found)})};
}

prompt_answer answer_to(const registry_parts& parts, const sender_ptr&,
                        const lookup_name& x) {
  if (auto found = parts.of(x.name).view().lookup(x.name))
    return {caf::make_message(*std::move(found))};
  return failed(
    to_error({errc::not_found, "nobody has the name '" + x.name + "'"}));
}

prompt_answer answer_to(const registry_parts& parts, const sender_ptr&,
                        const get_last_contact& x) {
  auto age = parts.of(x.name).last_contact(x.name);
  if (!age)
    return failed(std::move(age.error()));
  return {caf::make_message(contact_age{*age})};
}

prompt_answer answer_to(const registry_parts& parts, const sender_ptr&,
                        const lookup_group& x) {
  return {caf::make_message(parts.list(x))};
}

prompt_answer answer_to(const registry_parts& parts, const sender_ptr& sender,
                        const send_to_name& x) {
  return answer_of(parts.of(x.name).send(sender, x.name, x.content));
}

prompt_answer answer_to(const registry_parts& parts, const sender_ptr&,
                        const ask_name& x) {
  auto to = parts.of(x.name).route_to(x.name, x.content);
  if (!to)
    return failed(std::move(to.error()));
  if (to->process)
    return {x.content, to->process};
  return {caf::make_message(ask_process{to->who, x.content}),
          caf::actor_cast<sender_ptr>(to->member)};
}

prompt_answer answer_to(const registry_parts& parts, const sender_ptr& sender,
                        const publish_to& x) {
  auto count = parts.of(x.name).publish(sender, x.name, x.content, x.scope);
  if (!count)
    return failed(std::move(count.error()));
  return {caf::make_message(published{*count})};
}

prompt_answer answer_to(const registry_parts& parts, const sender_ptr& sender,
                        const send_to_any& x) {
  return answer_of(parts.of(x.name).send_to_one(sender, x.name, {}, x.content));
}

// What other members pass on to processes of this node.

prompt_answer answer_to(const registry_parts& parts, const sender_ptr& sender,
                        const deliver_to& x) {
  parts.first().deliver(sender, x);
  return {};
}

prompt_answer answer_to(const registry_parts& parts, const sender_ptr& sender,
                        const deliver_to_all& x) {
  parts.first().deliver(sender, x);
  return {};
}

prompt_answer answer_to(const registry_parts& parts, const sender_ptr&,
                        const ask_process& x) {
  if (auto who = parts.first().process(x.who))
    return {x.content, who};
  return failed(to_error(
    {errc::not_found, "the process " + to_string(x.who) + " has ended"}));
}

template <class... Ts>
struct kinds {
  static std::optional<prompt_answer> answer(const registry_parts& parts,
                                             const sender_ptr& sender,
                                             const message_content& content) {
    std::optional<prompt_answer> result;
    auto is_answered = [&]<class T>(std::type_identity<T>) {
      if (!content.template match_elements<T>())
        return false;
      result = answer_to(parts, sender, content.template get_as<T>(0));
      return true;
    };
    std::ignore = (is_answered(std::type_identity<Ts>{}) || ...);
    return result;
  }
};

// All that change or use names, so that messages of one sender are not
// answered out of order.
using prompt_kinds =
  kinds<lookup_name, register_self, unregister_self, send_to_name, ask_name,
        deliver_to, deliver_to_all, ask_process, update_self, publish_to,
        send_to_any, lookup_group, get_last_contact, register_pid, get_meta,
        put_meta, delete_meta>;

} // namespace

std::optional<prompt_answer> answer_at_once(const registry_parts& parts,
                                            const caf::strong_actor_ptr& sender,
                                            const message_content& content) {
  return prompt_kinds::answer(parts, sender, content);
}

} // namespace horde::actors
