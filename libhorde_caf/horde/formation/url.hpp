// SPDX-License-Identifier: MIT
//
// The address of an HTTP resource, as far as lookups need it.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "horde/endpoint.hpp"

namespace horde::formation {

struct url {
  bool is_encrypted = false; ///< https
  endpoint at; ///< the host without brackets; 80 or 443 if not given
  std::string target = "/"; ///< path and query

  friend bool operator==(const url&, const url&) = default;
};

/// Reads `http://host[:port][/path][?query]` and the same with https. Nothing
/// for anything else, also for a user or a fragment in it, or for characters
/// that must be written as %XX.
std::optional<url> parse_url(std::string_view text);

/// What a Host header says: the port only if it is not the usual one.
std::string host_header(const url& x);

/// `text` for a place in a query: all but letters, digits and -._~ as %XX.
std::string percent_encoded(std::string_view text);

/// Whether `text` may be a host name or an address without brackets. Whoever
/// answers a lookup may put anything there.
bool is_host(std::string_view text);

} // namespace horde::formation
