// SPDX-License-Identifier: MIT
//
// A `horde node` as a process on a host of a network. What it writes is read
// all the time, each line with the time when it came. Whatever does not come
// about in its time is an exception, so that tests may run in threads.

#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/network.hpp"
#include "support/process.hpp"

namespace horde::test {

class network_node {
public:
  using clock = std::chrono::steady_clock;
  using duration = clock::duration;

  /// Starts it. All other hosts of the network are its seeds.
  network_node(const network& where, network::host at);
  /// Kills it.
  ~network_node();

  static std::string name_at(network::host x);
  const std::string& name() const { return name_; }

  /// Its incarnation, as tools print it. Requires: `wait_until_ready`.
  const std::string& life() const { return life_; }

  void wait_until_ready(duration limit);

  void signal(int number) const { process_.signal(number); }

  /// Its exit code, 128 + signal if one ended it.
  int wait_for_end(duration limit);

  // -- its log ---------------------------------------------------------------

  /// So many lines were read.
  std::size_t lines() const;

  /// When the first line with this text came, from line number `first` on.
  clock::time_point wait_for(const std::string& text, std::size_t first,
                             duration limit);

  /// All lines with this text, from line number `first` on.
  std::vector<std::string> lines_with(const std::string& text,
                                      std::size_t first = 0) const;

  // -- what it answers -------------------------------------------------------

  finished ask(std::vector<std::string> args) const;
  nlohmann::json ask_json(std::vector<std::string> args) const;

private:
  struct line {
    clock::time_point at;
    std::string text;
  };

  void read();

  const network& where_;
  network::host at_;
  std::string name_;
  std::string life_;
  mutable std::mutex mutex_; ///< of what the reader writes
  std::condition_variable news_;
  std::vector<line> log_;
  bool ended_ = false;
  process process_;
  std::thread reader_;
};

} // namespace horde::test
