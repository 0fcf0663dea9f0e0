// SPDX-License-Identifier: MIT
//
// Runs programs as processes, for tests/system. Every wait has a deadline; what
// still runs at the end of a test is killed by pid.

#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace horde::test {

struct finished {
  int exit_code = -1; ///< 128 + signal if one ended it; -1 at the deadline
  std::string out;    ///< what it wrote to stdout and stderr
};

/// A program that runs beside the test.
class process {
public:
  /// Starts `args[0]`. Its output is read by `read_line` and `wait`.
  explicit process(const std::vector<std::string>& args);
  process(const process&) = delete;
  process& operator=(const process&) = delete;
  /// Kills it.
  ~process();

  /// The next line of its output; nothing at its end or at the deadline.
  std::optional<std::string> read_line(std::chrono::milliseconds limit);

  /// Nothing happens if it was reaped.
  void signal(int number) const;

  pid_t pid() const { return pid_; }

  /// Reads to the end and reaps it; kills it at the deadline.
  finished wait(std::chrono::milliseconds limit);

private:
  bool read_more(std::chrono::steady_clock::time_point deadline);

  pid_t pid_ = 0;
  int output_ = -1;
  std::string unread_;
};

/// Runs a program to its end.
finished run(const std::vector<std::string>& args,
             std::chrono::milliseconds limit = std::chrono::seconds{30});

} // namespace horde::test
