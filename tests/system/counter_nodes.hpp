// SPDX-License-Identifier: MIT
//
// Processes of the program `counter_node`, and what they say of their children.

#pragma once

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <signal.h>

#include <boost/test/unit_test.hpp>

#include "support/process.hpp"

namespace horde::test {

using namespace std::chrono_literals;

/// In microseconds of the clock of this machine.
using time_stamp = long long;

inline time_stamp stamp_now() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
           std::chrono::steady_clock::now().time_since_epoch())
    .count();
}

/// One copy of a child.
struct life {
  std::string node;
  time_stamp from = 0;
  time_stamp to = std::numeric_limits<time_stamp>::max();
};

using lives_of_children = std::map<std::string, std::vector<life>>;

/// How long two copies of a child ran at the same time, at most, from then on.
inline time_stamp longest_overlap(lives_of_children all, time_stamp since = 0) {
  time_stamp result = 0;
  for (auto& [child, lives] : all) {
    std::ranges::sort(lives, {}, &life::from);
    for (std::size_t i = 1; i < lives.size(); ++i) {
      auto begin = std::max(lives[i].from, since);
      auto end = std::min(lives[i - 1].to, lives[i].to);
      result = std::max(result, end - begin);
    }
  }
  return result;
}

/// Copies that have not ended, as their nodes said.
inline std::size_t running_copies(const lives_of_children& all) {
  std::size_t result = 0;
  for (const auto& [child, lives] : all)
    result +=
      static_cast<std::size_t>(std::ranges::count(lives, life{}.to, &life::to));
  return result;
}

/// A `counter_node`. What it says of its children is read all the time.
class counter_node {
public:
  counter_node(std::string name, const std::vector<std::string>& command)
      : name_(std::move(name)), process_(command) {
    auto line = process_.read_line(20s);
    BOOST_REQUIRE_MESSAGE(line && line->starts_with("listening on "),
                          line.value_or("no line"));
    reader_ = std::thread{[this] { read(); }};
  }

  ~counter_node() {
    process_.signal(SIGKILL);
    reader_.join();
  }

  const std::string& name() const { return name_; }
  void signal(int number) { process_.signal(number); }

  /// Its exit code, 128 + signal if one ended it.
  int wait() {
    reader_.join();
    reader_ = std::thread{[] {}};
    return process_.wait(10s).exit_code;
  }

  /// It is killed now, and its children with it.
  void kill() {
    process_.signal(SIGKILL);
    wait();
    std::lock_guard guard{mutex_};
    for (auto& [child, all] : lives_)
      all.back().to = std::min(all.back().to, stamp_now());
  }

  void add_lives(lives_of_children& to) {
    std::lock_guard guard{mutex_};
    for (const auto& [child, all] : lives_)
      to[child].insert(to[child].end(), all.begin(), all.end());
  }

private:
  void read() {
    while (auto line = process_.read_line(90s)) {
      std::istringstream in{*line};
      std::string what;
      std::string child;
      time_stamp when = 0;
      if (!(in >> what >> child >> when))
        continue; // a log line
      std::lock_guard guard{mutex_};
      if (what == "start")
        lives_[child].push_back({name_, when});
      else if (what == "end" && !lives_[child].empty())
        lives_[child].back().to = when;
    }
  }

  std::string name_;
  std::mutex mutex_;
  lives_of_children lives_;
  process process_;
  std::thread reader_;
};

} // namespace horde::test
