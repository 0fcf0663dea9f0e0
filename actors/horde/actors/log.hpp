// SPDX-License-Identifier: MIT
//
// The one door for log lines: one event a line, a fixed name and fields. Quiet
// (warnings only, to stderr) until a program says otherwise (`log_level.hpp`).

#pragma once

#include <set>
#include <string>

#include <spdlog/spdlog.h>

namespace horde::actors {

/// Thread-safe. Programs may replace its sinks and level.
spdlog::logger& log();

/// For what would be said again and again. Forgets all when it knows many.
class said_once {
public:
  bool is_new(const std::string& text) {
    if (texts_.size() >= 256)
      texts_.clear();
    return texts_.insert(text).second;
  }

private:
  std::set<std::string> texts_;
};

} // namespace horde::actors
