// SPDX-License-Identifier: MIT
//
// How nodes find each other: the interface of a strategy, of ours and of those
// that users write. Each topology has one strategy, which runs in a thread of
// the topology's own, so it may block.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "horde/actors/formation/report.hpp"
#include "horde/formation/lookup.hpp"
#include "horde/node_id.hpp"
#include "horde/time.hpp"

namespace horde::formation {

/// Who looks for others.
struct seeker {
  node_id self;
  endpoint at;         ///< what others are told
  std::string cluster; ///< nodes of other clusters are refused
  /// The first is what we prove ourselves with, all are accepted. May be empty.
  std::vector<std::string> secrets;
};

/// Ends what a strategy waits for. Thread-safe.
class waker {
public:
  waker();
  ~waker();
  waker(const waker&) = delete;
  waker& operator=(const waker&) = delete;

  /// Readable from `wake` on, for `poll`. Negative if the process has no
  /// descriptors left; then `sleep` looks for wake-ups now and then.
  int fd() const { return fd_; }
  /// Refresh or stop: whoever waits returns soon.
  void wake();
  /// Once true, it stays so: `look_up` and `wait` return as soon as they can.
  bool is_stopped() const;
  void stop();
  /// Sleeps for `limit`, less if woken. Takes the wake-up back unless stopped.
  void sleep(duration limit);
  void clear(); ///< takes a wake-up back unless stopped

private:
  int fd_ = -1;
  std::atomic<bool> stopped_ = false;
  std::atomic<bool> woken_ = false;
};

/// Where nodes are. Called by one thread only.
class strategy {
public:
  virtual ~strategy() = default;

  /// All addresses known now, or why it could not look; that changes nothing.
  /// May block for a few seconds, less once `by` is stopped.
  virtual lookup_result look_up(waker& by) = 0;

  /// Returns when another lookup may give something else, at the latest after
  /// `limit` or when woken. For strategies that are told of changes.
  virtual void wait(duration limit, waker& by) { by.sleep(limit); }

  /// The node's secrets changed: as in `seeker`. Called between the others.
  virtual void set_secrets(const std::vector<std::string>&) {}

  /// What it counts, for the node's status. Called between the others.
  virtual std::vector<formation_counter> counters() const { return {}; }
};

using strategy_ptr = std::unique_ptr<strategy>;

} // namespace horde::formation

namespace horde {

/// One named way to find nodes, with how often it is asked.
struct topology {
  std::string name; ///< unique in the node; in status, events and log lines
  std::string kind; ///< static, dns, gossip, ...; free for custom ones
  std::function<outcome<formation::strategy_ptr>(const formation::seeker&)>
    make;
  duration interval = std::chrono::seconds{5};
  unsigned jitter_percent = 20;
  /// A node that is down, and whose address this topology named and names no
  /// more, has left. A node that is up is never cut off by a lookup.
  bool prune = false;
};

} // namespace horde
