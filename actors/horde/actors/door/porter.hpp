// SPDX-License-Identifier: MIT
//
// The door without CAF: one thread with one poll loop that listens, dials,
// shakes hands and settles ties. What is through leaves as `admitted` with its
// socket. All events come from this thread.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "horde/actors/door/config.hpp"
#include "horde/actors/door/inbox.hpp"
#include "horde/actors/door/lobby.hpp"
#include "horde/endpoint.hpp"
#include "horde/errc.hpp"

namespace horde::actors {

class porter {
public:
  using sink = std::function<void(porter_event)>;

  explicit porter(door_config config);
  porter(const porter&) = delete;
  porter& operator=(const porter&) = delete;
  ~porter();

  /// Binds the configured endpoint; see `door::listen`.
  outcome<endpoint> listen();

  /// Starts the thread. Requires: called once.
  void open(introduction self, sink out);

  void dial(endpoint to);
  void refuse_callers();

  /// For handshakes from now on; the first one is for our own dials. From any
  /// thread. Requires: `x` is valid, and the door was opened with a secret.
  void set_secrets(std::vector<std::string> x);

  /// To be called from any thread when the connection of a link has ended.
  /// May outlive the porter.
  std::function<void()> on_gone(link_id link);

  /// Where other threads leave tasks for the porter's thread.
  const std::shared_ptr<inbox>& tasks() const { return inbox_; }
  const std::shared_ptr<tally>& counts() const { return counts_; }

  /// The datagrams of all links; may outlive the porter.
  const std::shared_ptr<courier>& post() const { return post_; }
  const std::shared_ptr<link_gauges>& gauges() const { return gauges_; }

  /// No event after this returns.
  void stop();

private:
  struct work;

  void run();
  void forget(link_id link);

  door_config config_;
  unique_fd listener_;
  unique_fd datagrams_; // until open
  std::shared_ptr<inbox> inbox_ = std::make_shared<inbox>();
  std::shared_ptr<tally> counts_ = std::make_shared<tally>();
  std::shared_ptr<courier> post_ = std::make_shared<courier>(counts_);
  std::shared_ptr<link_gauges> gauges_ = std::make_shared<link_gauges>();
  std::unique_ptr<work> work_;
  std::thread thread_;
};

} // namespace horde::actors
