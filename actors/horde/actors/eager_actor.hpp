// SPDX-License-Identifier: MIT
//
// An actor that answers some messages in the thread of whoever sends them,
// before they get into its mailbox. So the sender pays for no wake-up of
// another thread, and gets its answer although this actor is busy.

#pragma once

#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include "horde/actors/caf_compat.hpp"

namespace horde {

/// A message to an `eager_actor`.
struct prompt_question {
  const caf::strong_actor_ptr& sender;
  caf::message_id id;
  const message_content& content; ///< may be shared with other messages
  caf::actor_control_block* asked;
};

/// What becomes of a message at once.
struct prompt_answer {
  caf::message content;
  /// Who gets it in place of the actor, as a message of the same sender. Null:
  /// it is the answer to the sender.
  caf::strong_actor_ptr handed_to = {};
  /// It follows (`later_answer`).
  bool is_later = false;
};

/// Gives the answer to a question that was taken, later and in any thread. To
/// be called once.
template <class T>
std::function<void(caf::expected<T>)> later_answer(const prompt_question& x) {
  return [to = x.sender, id = x.id,
          from = caf::strong_actor_ptr{x.asked}](caf::expected<T> result) {
    if (!to || !id.is_request())
      return;
    caf::message content;
    if (!result)
      content = caf::make_message(std::move(result.error()));
    else if constexpr (!std::is_void_v<T>)
      content = caf::make_message(std::move(*result));
    to->enqueue(make_element(from, id.response_id(), std::move(content)),
                nullptr);
  };
}

class eager_actor : public caf::event_based_actor {
public:
  /// Called in any thread, and in several at once, also when the actor has
  /// ended. Nothing: the message waits in the mailbox, as usual.
  using answerer =
    std::function<std::optional<prompt_answer>(const prompt_question& x)>;
  using body = std::function<caf::behavior(caf::event_based_actor*)>;

  eager_actor(caf::actor_config& cfg, answerer f, body begin)
      : caf::event_based_actor(cfg), answer_(std::move(f)),
        begin_(std::move(begin)) {}

  using caf::event_based_actor::enqueue;

  enqueue_result enqueue(caf::mailbox_element_ptr what,
                         enqueue_context* where) override {
    if (answered(what, where))
      return enqueue_result(true);
    return caf::event_based_actor::enqueue(std::move(what), where);
  }

  caf::behavior make_behavior() override {
    return std::exchange(begin_, nullptr)(this);
  }

private:
  bool answered(caf::mailbox_element_ptr& what, enqueue_context* where) {
    if (what->mid.is_response())
      return false;
    const message_content& content = what->content();
    auto found = answer_({what->sender, what->mid, content, ctrl()});
    if (!found)
      return false;
    if (found->is_later)
      return true;
    if (auto& to = found->handed_to)
      to->enqueue(make_element(std::move(what->sender), what->mid,
                               std::move(found->content)),
                  where);
    else if (what->sender
             && (what->mid.is_request() || !found->content.empty()))
      what->sender->enqueue(make_element(ctrl(), what->mid.response_id(),
                                         std::move(found->content)),
                            where);
    return true;
  }

  answerer answer_;
  body begin_;
};

} // namespace horde
