// SPDX-License-Identifier: MIT

#include "horde/actors/stand_in.hpp"

#include "horde/actors/log.hpp"
#include "horde/actors/passing.hpp"
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

void stand_in::give_up(failure why) {
  std::lock_guard guard{mutex_};
  why_ = std::move(why);
  open_locked({});
}

void stand_in::open(route x) {
  std::lock_guard guard{mutex_};
  open_locked(std::move(x));
}

void stand_in::open_locked(route x) {
  route_ = std::move(x);
  for (auto& what : std::exchange(waiting_, {}))
    pass(*route_, std::move(what));
}

void stand_in::pass(const route& x, caf::mailbox_element_ptr what) const {
  if (!x.to)
    return fail(std::move(what));
  auto content = taken_content(*what);
  if (x.process)
    content = passed_on(*x.process, std::move(content), what->mid.is_request());
  x.to->enqueue(
    make_element(std::move(what->sender), what->mid, std::move(content)),
    nullptr);
}

void stand_in::fail(caf::mailbox_element_ptr what) const {
  if (what->sender && what->mid.is_request())
    what->sender->enqueue(
      make_element(
        nullptr, what->mid.response_id(),
        caf::make_message(to_error({why_.code, what_ + ": " + why_.what}))),
      nullptr);
  else
    log().warn("message_lost to=\"{}\": {}", what_, why_.what);
}

} // namespace horde::actors
