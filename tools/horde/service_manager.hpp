// SPDX-License-Identifier: MIT
//
// Tells systemd how the node does, if it was started by a unit with
// `Type=notify`: one datagram to the socket that `NOTIFY_SOCKET` names.

#pragma once

#include <string_view>

namespace horde::tools {

inline constexpr std::string_view service_ready = "READY=1";
inline constexpr std::string_view service_stopping = "STOPPING=1";

/// No-op if nobody asked for it. False if it could not be told.
bool notify_service_manager(std::string_view state);

} // namespace horde::tools
