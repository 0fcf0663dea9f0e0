// SPDX-License-Identifier: MIT
//
// Runs a topology: a thread that asks its strategy when `lookup_plan` says so,
// and tells what that gave. Knows no actors. All functions are thread-safe.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "horde/actors/formation/report.hpp"
#include "horde/actors/formation/strategy.hpp"
#include "horde/errc.hpp"
#include "horde/time.hpp"

namespace horde::formation {

/// How one lookup ended.
struct lookup_report {
  std::optional<failure> problem;
  duration took{};
  wall_time when{};
  std::vector<endpoint> found; ///< new since the last report
  std::vector<endpoint> gone;
  std::vector<endpoint> all; ///< that it names now; empty after a failure
};

class runner {
public:
  /// Called in the topology's thread. Only enqueues.
  using sink = std::function<void(lookup_report)>;

  /// `what` is valid; `self_at` is never told.
  runner(const topology& what, strategy_ptr how, endpoint self_at);

  /// Stops. A strategy that hangs is left to itself and ends when it returns.
  ~runner();

  runner(const runner&) = delete;
  runner& operator=(const runner&) = delete;

  /// To be called once. Fails with `start_failed` if there is no thread.
  std::optional<failure> start(sink out);

  /// The next lookup begins soon.
  void refresh();

  void set_secrets(std::vector<std::string> secrets);

  /// Returns at once; hardly any report comes after it.
  void stop();

  /// After `stop`: until the thread has ended; false if that takes longer.
  bool wait(duration limit);

  const std::string& name() const;
  bool prunes() const;

  /// As far as it is known here: without connects.
  formation_status status() const;

private:
  struct state;
  std::shared_ptr<state> state_; ///< shared with the thread
};

} // namespace horde::formation
