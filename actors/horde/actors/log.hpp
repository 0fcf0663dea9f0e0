// SPDX-License-Identifier: MIT
//
// The one door for log lines: one event a line, a fixed name and fields. Quiet
// (warnings only, to stderr) until a program says otherwise.

#pragma once

#include <memory>
#include <string>

#include <spdlog/spdlog.h>

namespace horde::actors {

/// Thread-safe. Programs may replace its sinks and level.
spdlog::logger& log();

} // namespace horde::actors

namespace horde {

/// trace, debug, info, warning, error, off. Returns false for anything else.
bool set_log_level(const std::string& level);

} // namespace horde
