// SPDX-License-Identifier: MIT

#include "horde/formation/http_request.hpp"

#include <algorithm>

namespace horde::formation {

namespace {

constexpr std::size_t longest_header = 8000;

std::string_view trimmed(std::string_view x) {
  constexpr std::string_view blanks = " \t\r\n";
  auto first = x.find_first_not_of(blanks);
  if (first == std::string_view::npos)
    return {};
  return x.substr(first, x.find_last_not_of(blanks) - first + 1);
}

bool is_letter_or_digit(char x) {
  return (x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z')
         || (x >= '0' && x <= '9');
}

bool is_printable(char x) {
  return x >= ' ' && x <= '~';
}

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char x) {
    return is_letter_or_digit(x) || x == '-' || x == '_';
  });
}

/// We say these.
bool is_ours(std::string name) {
  for (char& x : name)
    if (x >= 'A' && x <= 'Z')
      x = static_cast<char>(x - 'A' + 'a');
  constexpr std::string_view ours[] = {"host",
                                       "connection",
                                       "content-length",
                                       "transfer-encoding",
                                       "accept-encoding",
                                       "expect",
                                       "upgrade",
                                       "te"};
  return std::find(std::begin(ours), std::end(ours), name) != std::end(ours);
}

} // namespace

std::optional<http_header> parse_http_header(std::string_view text) {
  auto colon = text.find(':');
  if (colon == std::string_view::npos || text.size() > longest_header)
    return std::nullopt;
  http_header result{std::string{text.substr(0, colon)},
                     std::string{trimmed(text.substr(colon + 1))}};
  if (!is_name(result.name) || is_ours(result.name)
      || !std::all_of(text.begin(), text.end(), is_printable))
    return std::nullopt;
  return result;
}

std::optional<http_header> bearer_header(std::string_view token) {
  token = trimmed(token);
  auto is_token = !token.empty() && token.size() <= longest_header
                  && std::all_of(token.begin(), token.end(), [](char x) {
                       return is_printable(x) && x != ' ';
                     });
  if (!is_token)
    return std::nullopt;
  return http_header{"Authorization", "Bearer " + std::string{token}};
}

std::string to_bytes(const http_request& x) {
  std::string result = "GET " + x.where.target
                       + " HTTP/1.1\r\nHost: " + host_header(x.where)
                       + "\r\nAccept: application/json\r\nAccept-Encoding: "
                         "identity\r\nUser-Agent: horde\r\nConnection: close";
  for (const auto& each : x.headers)
    result += "\r\n" + each.name + ": " + each.value;
  return result + "\r\n\r\n";
}

} // namespace horde::formation
