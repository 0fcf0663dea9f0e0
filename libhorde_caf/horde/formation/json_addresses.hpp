// SPDX-License-Identifier: MIT
//
// Addresses of nodes out of any JSON answer: where they are is told by JSON
// pointers (RFC 6901), in which `*` stands for every entry of a list or object.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "horde/formation/lookup.hpp"

namespace horde::formation {

/// The tokens of a pointer, without its escapes. `/*/Service/Port` has three.
using json_path = std::vector<std::string>;

/// Nothing for what is no JSON pointer. The empty text is the whole answer.
std::optional<json_path> parse_json_pointer(std::string_view text);

struct json_layout {
  /// Where the text of an address is. The first one says which entries there
  /// are: all that its last `*` and those before it run over. In each entry the
  /// first pointer counts that finds a text that is not empty; the n-th `*` of
  /// each pointer stands for the same as the n-th of the first pointer.
  std::vector<json_path> addresses;
  /// Where the port of an entry is, a number or a text, found like an address.
  std::optional<json_path> port;
  /// For an address without a port, if there is no `port`; 0: has to have one.
  std::uint16_t usual_port = 0;
};

/// What is wrong with it; empty: nothing.
std::string problem_of(const json_layout& x);

/// An address that has a port itself (`host:port`, `[v6]:port`) keeps it.
/// Entries without an address, such as machines that just start, are left out;
/// none left of one or more is a failure, like an answer that is no JSON or has
/// nothing where the first pointer leads. An empty list is not.
lookup_result read_addresses(std::string_view answer, const json_layout& x);

/// Most addresses that one answer may have.
constexpr std::size_t max_json_addresses = 10'000;

} // namespace horde::formation
