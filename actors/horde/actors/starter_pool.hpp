// SPDX-License-Identifier: MIT
//
// The threads in which child factories run: never in the supervisor, since a
// factory may block, throw or hang. As many as there are cores work as long as
// they get on; one more at a time joins them when none of them took a job for a
// moment, up to a limit, beyond which starts wait. So quick factories do not
// wake a thread each, and slow ones do not wait for each other. A job that
// hangs cannot be ended; so its thread is left behind when the pool stops.
// Thread-safe.

#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "horde/time.hpp"

namespace horde::actors {

class starter_pool {
public:
  explicit starter_pool(std::size_t max_threads);
  starter_pool(const starter_pool&) = delete;
  starter_pool& operator=(const starter_pool&) = delete;

  /// Like `stop`, without waiting: the last owner may be one of the jobs.
  ~starter_pool();

  /// Jobs must not throw. Dropped after `stop`. Returns false if the system
  /// gives no thread, and drops the jobs.
  bool run(std::vector<std::function<void()>> jobs);

  /// Drops the jobs that wait, waits for those that run. Returns false if one
  /// still runs after `limit`. Not to be called by a job.
  bool stop(duration limit);

  /// So many threads more, or less, than the limit: for jobs that hang, so that
  /// they do not stop all others. At most four times the limit.
  void allow(int more);

  /// Jobs that wait for a thread.
  std::size_t waiting() const;

private:
  struct state;

  static bool add_thread(const std::shared_ptr<state>& shared);
  static void watch_over(const std::shared_ptr<state>& shared);
  static void work(const std::shared_ptr<state>& shared);

  std::shared_ptr<state> state_;
};

} // namespace horde::actors
