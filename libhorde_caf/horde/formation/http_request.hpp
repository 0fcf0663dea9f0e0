// SPDX-License-Identifier: MIT
//
// A GET request as it is sent.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "horde/formation/url.hpp"

namespace horde::formation {

struct http_header {
  std::string name;
  std::string value;

  friend bool operator==(const http_header&, const http_header&) = default;
};

/// Reads `Name: value`. Nothing for anything else, also for one that says where
/// a message ends or whom it is for, and for line breaks in it.
std::optional<http_header> parse_http_header(std::string_view text);

/// What proves us by a token: nothing if there is a byte in it that tokens have
/// not. Blanks and line breaks around it do not count.
std::optional<http_header> bearer_header(std::string_view token);

struct http_request {
  url where;
  std::vector<http_header> headers{};
  /// A PEM file of those who may have signed the server's certificate. Empty:
  /// whom this machine trusts.
  std::string authorities{};
};

/// One answer is wanted, as JSON and not compressed, and then no more.
std::string to_bytes(const http_request& x);

} // namespace horde::formation
