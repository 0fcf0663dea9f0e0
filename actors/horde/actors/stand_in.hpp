// SPDX-License-Identifier: MIT
//
// Takes the place of a process that moves, for those who send to its name: what
// comes waits until the process runs elsewhere, and goes there then, in order
// and on behalf of its senders. If it never does, requests fail. Takes messages
// in the thread of whoever sends, so it needs none of its own. Thread-safe.

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

  /// The process runs on this node.
  void send_to(caf::strong_actor_ptr process);
  /// The process runs on the node of `member`, which passes messages on.
  void send_through(const caf::actor& member, const pid& process);
  /// What waits fails, and what comes later.
  void give_up();

protected:
  caf::behavior make_behavior() override {
    return {[](const caf::message&) {}};
  }

private:
  struct route {
    caf::strong_actor_ptr to; ///< null: it fails
    std::optional<pid> process{};
  };

  void open(route x);
  void pass(const route& x, caf::mailbox_element_ptr what) const;
  void fail(caf::mailbox_element_ptr what) const;

  std::string what_;
  std::mutex mutex_; ///< guards all below
  std::optional<route> route_;
  std::vector<caf::mailbox_element_ptr> waiting_;
};

} // namespace horde::actors
