// SPDX-License-Identifier: MIT
//
// Takes the place of a process that moves or does not run yet, for those who
// send to it: what comes waits until the process runs, and goes there then, in
// order and on behalf of its senders. If it never does, requests fail. Takes
// messages in the thread of whoever sends, so it needs none of its own.
// Thread-safe.

#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "horde/actors/caf_compat.hpp"
#include "horde/pid.hpp"

namespace horde::actors {

class stand_in : public caf::event_based_actor {
public:
  /// At most so many messages wait; more fail.
  static constexpr std::size_t max_waiting = 10'000;

  /// `what`: for errors and the log.
  stand_in(caf::actor_config& cfg, std::string what)
      : caf::event_based_actor(cfg), what_(std::move(what)) {}

  using caf::event_based_actor::enqueue;

  enqueue_result enqueue(caf::mailbox_element_ptr what,
                         enqueue_context* where) override;

  struct route {
    caf::strong_actor_ptr to; ///< null: nobody
    /// It runs on another node: `to` is the member there, which passes it on.
    std::optional<pid> process{};
  };

  /// It runs now.
  void open(route x);
  /// What waits fails, and what comes later.
  void give_up(failure why = {errc::not_found, "it moves, and is not back"});

protected:
  caf::behavior make_behavior() override {
    return {[](const caf::message&) {}};
  }

private:
  void open_locked(route x);
  void pass(const route& x, caf::mailbox_element_ptr what) const;
  void fail(caf::mailbox_element_ptr what) const;

  std::string what_;
  std::mutex mutex_; ///< guards all below
  failure why_{errc::refused, "too many messages wait for it"};
  std::optional<route> route_;
  std::vector<caf::mailbox_element_ptr> waiting_;
};

} // namespace horde::actors
