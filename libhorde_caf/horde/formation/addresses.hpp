// SPDX-License-Identifier: MIT
//
// Lists of node addresses as people write them.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "horde/endpoint.hpp"
#include "horde/errc.hpp"

namespace horde::formation {

/// What errors say that an address is.
inline constexpr auto takes_address =
  "host:port, like 10.0.0.1:4711 or [::1]:4711";

/// `host:port` with a host, and a port that is not 0.
std::optional<endpoint> parse_node_address(std::string_view text);

/// Reads a hosts file: one address a line, `#` begins a comment, blanks and
/// empty lines do not count. Fails with `bad_option` and the number of the
/// line.
outcome<std::vector<endpoint>> parse_hosts(std::string_view text);

/// Reads a list in a line: addresses with commas or blanks between them.
/// Fails with `bad_option` and the item.
outcome<std::vector<endpoint>> parse_address_list(std::string_view text);

} // namespace horde::formation
