// SPDX-License-Identifier: MIT
//
// How much the library says. Its logger is in `log.hpp`, which needs spdlog.

#pragma once

#include <string>

namespace horde {

/// What the library writes to stderr: trace, debug, info, warning (the
/// default), error, critical, off. Returns false for anything else.
/// Thread-safe.
bool set_log_level(const std::string& level);

} // namespace horde
