// SPDX-License-Identifier: MIT

#include "horde/formation/addresses.hpp"

#include <algorithm>

namespace horde::formation {

namespace {

constexpr std::string_view blanks = " \t\r";

/// Takes the text up to `separator` off the front.
std::string_view take_until(std::string_view& text,
                            std::string_view separator) {
  auto end = std::min(text.find_first_of(separator), text.size());
  auto result = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return result;
}

std::string_view trimmed(std::string_view x) {
  x.remove_prefix(std::min(x.find_first_not_of(blanks), x.size()));
  return x.substr(0, x.find_last_not_of(blanks) + 1);
}

failure bad(std::string_view text) {
  return {errc::bad_option,
          "'" + std::string{text} + "': takes " + takes_address};
}

} // namespace

std::optional<endpoint> parse_node_address(std::string_view text) {
  auto result = parse_endpoint(text);
  if (!result || result->host.empty() || result->port == 0)
    return std::nullopt;
  return result;
}

outcome<std::vector<endpoint>> parse_hosts(std::string_view text) {
  std::vector<endpoint> result;
  for (auto number = 1; !text.empty(); ++number) {
    auto line = take_until(text, "\n");
    auto address = trimmed(line.substr(0, line.find('#')));
    if (address.empty())
      continue;
    auto x = parse_node_address(address);
    if (!x) {
      auto problem = bad(address);
      problem.what = "line " + std::to_string(number) + ": " + problem.what;
      return problem;
    }
    result.push_back(std::move(*x));
  }
  return result;
}

outcome<std::vector<endpoint>> parse_address_list(std::string_view text) {
  std::vector<endpoint> result;
  while (!text.empty()) {
    auto item = take_until(text, ", \t\r\n");
    if (item.empty())
      continue;
    auto x = parse_node_address(item);
    if (!x)
      return bad(item);
    result.push_back(std::move(*x));
  }
  return result;
}

} // namespace horde::formation
