// SPDX-License-Identifier: MIT

#include "horde/actors/stand_in.hpp"

#include "horde/actors/log.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde::actors {

enqueue_result stand_in::enqueue(caf::mailbox_element_ptr what,
                                 enqueue_context* where) {
  const message_content& content = what->content();
  if (what->mid.is_response() || content.match_elements<caf::exit_msg>()
      || content.match_elements<caf::down_msg>())
    return caf::event_based_actor::enqueue(std::move(what), where);
  std::lock_guard guard{mutex_}; // held while it is passed on: for the order
  if (route_)
    pass(*route_, std::move(what));
  else if (waiting_.size() < max_waiting)
    waiting_.push_back(std::move(what));
  else
    fail(std::move(what));
  return enqueue_result(true);
}

void stand_in::send_to(caf::strong_actor_ptr process) {
  open({std::move(process)});
}

void stand_in::send_through(const caf::actor& member, const pid& process) {
  open({caf::actor_cast<caf::strong_actor_ptr>(member), process});
}

void stand_in::give_up() {
  open({});
}

void stand_in::open(route x) {
  std::lock_guard guard{mutex_};
  route_ = std::move(x);
  for (auto& what : std::exchange(waiting_, {}))
    pass(*route_, std::move(what));
}

void stand_in::pass(const route& x, caf::mailbox_element_ptr what) const {
  if (!x.to)
    return fail(std::move(what));
  auto content = taken_content(*what);
  if (x.process && what->mid.is_request())
    content = caf::make_message(ask_process{*x.process, std::move(content)});
  else if (x.process)
    content = caf::make_message(deliver_to{*x.process, std::move(content)});
  x.to->enqueue(
    make_element(std::move(what->sender), what->mid, std::move(content)),
    nullptr);
}

void stand_in::fail(caf::mailbox_element_ptr what) const {
  if (what->sender && what->mid.is_request())
    what->sender->enqueue(
      make_element(nullptr, what->mid.response_id(),
                   caf::make_message(to_error(
                     {errc::not_found, what_ + " moves, and is not back"}))),
      nullptr);
  else
    log().warn("message_lost to=\"{}\": it moves, and is not back", what_);
}

} // namespace horde::actors
