// SPDX-License-Identifier: MIT
//
// Nodes as processes of this machine, for the demo: start, kill, stop, ask.
// Every wait has a deadline. What is still running at the end is killed, unless
// it was told to stay.

#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "horde/actors/client.hpp"

namespace horde::tools {

/// For measuring and for deadlines.
class stopwatch {
public:
  duration passed() const { return clock::now() - since_; }

private:
  using clock = std::chrono::steady_clock;
  clock::time_point since_ = clock::now();
};

/// SIGINT and SIGTERM end every wait from now on.
void catch_interrupts();
bool interrupted();

/// Asks again and again until `done` says yes; false at the deadline.
bool until(duration limit, const std::function<bool()>& done);

/// How a node finds the others, as on the command line. `kind` is static, local
/// or gossip; empty for the first one of a static list, before it listens.
std::string demo_topology(const std::string& kind,
                          const std::filesystem::path& folder,
                          const endpoint& first);

/// One `horde node` and the connection to it.
class demo_node {
public:
  /// Keeps what the node writes in `<folder>/<name>.log`.
  demo_node(std::string name, std::filesystem::path folder);
  demo_node(const demo_node&) = delete;
  demo_node& operator=(const demo_node&) = delete;
  /// Kills it.
  ~demo_node();

  /// Starts the process. `listen` has port 0 at the first start; `formation` as
  /// on the command line, or empty. Fails with what it wrote last.
  std::optional<failure> start(const endpoint& listen,
                               const std::string& formation);

  /// Connects to the started node.
  std::optional<failure> connect(caf::actor_system& sys, duration limit);

  void disconnect() { link_.reset(); }

  /// SIGKILL; returns when it is gone.
  void kill();

  /// SIGTERM; its exit code, 128 + signal if one ended it, nothing if it still
  /// runs at the deadline.
  std::optional<int> stop(duration limit);

  /// The destructor leaves it running.
  void leave_running() { pid_ = 0; }

  bool running() const { return pid_ != 0; }
  pid_t process() const { return pid_; }
  const endpoint& at() const { return at_; }
  const std::string& name() const { return name_; }
  std::string log_file() const { return folder_ / (name_ + ".log"); }

  /// Requires: connected.
  const client& link() const { return *link_; }
  const incarnation& life() const { return link_->node().self.life; }
  const caf::actor& registry() const { return registry_; }
  const caf::actor& supervisor() const { return supervisor_; }

private:
  std::optional<int> wait_for_end(duration limit);
  std::optional<failure> wait_until_ready(const std::string& ready_file);
  std::string last_words() const;

  std::string name_;
  std::filesystem::path folder_;
  pid_t pid_ = 0;
  endpoint at_;
  std::optional<client> link_;
  caf::actor registry_;
  caf::actor supervisor_;
};

} // namespace horde::tools
