// SPDX-License-Identifier: MIT
//
// Where a node listens: `host:port`, with `[v6]:port` and `:port` (this host).

#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "horde/fields.hpp"

namespace horde {

struct endpoint {
  std::string host; ///< name or address without brackets; empty: any or this
  std::uint16_t port = 0;

  friend auto operator<=>(const endpoint&, const endpoint&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::endpoint", field("host", x.host),
                       field("port", x.port));
  }
};

/// Prints `host:port`, brackets around a host with colons.
std::string to_string(const endpoint& x);

/// Reads what `to_string` printed. Nothing for anything else, also for a
/// missing or too large port.
std::optional<endpoint> parse_endpoint(std::string_view text);

} // namespace horde
