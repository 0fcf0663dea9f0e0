// SPDX-License-Identifier: MIT

#include "horde/formation/url.hpp"

#include <algorithm>

namespace horde::formation {

namespace {

constexpr std::size_t longest_host = 253; // of DNS
constexpr std::size_t longest_url = 8000;

bool is_letter_or_digit(char x) {
  return (x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z')
         || (x >= '0' && x <= '9');
}

bool is_target(std::string_view text) {
  constexpr std::string_view marks = "-._~:/?[]@!$&'()*+,;=%";
  return std::all_of(text.begin(), text.end(), [&](char x) {
    return is_letter_or_digit(x) || marks.find(x) != std::string_view::npos;
  });
}

std::uint16_t usual_port(bool is_encrypted) {
  return is_encrypted ? 443 : 80;
}

std::optional<endpoint> parse_authority(std::string_view text, bool encrypted) {
  auto has_port = text.ends_with(']')
                    ? false
                    : text.find(':', text.find(']') + 1) != text.npos;
  auto full = std::string{text};
  if (!has_port)
    full += ":" + std::to_string(usual_port(encrypted));
  auto result = parse_endpoint(full);
  if (!result || !is_host(result->host) || result->port == 0)
    return std::nullopt;
  return result;
}

} // namespace

std::optional<url> parse_url(std::string_view text) {
  url result;
  if (text.size() > longest_url)
    return std::nullopt;
  if (text.starts_with("https://"))
    result.is_encrypted = true;
  else if (!text.starts_with("http://"))
    return std::nullopt;
  text.remove_prefix(text.find("//") + 2);
  auto end = std::min(text.find_first_of("/?"), text.size());
  auto at = parse_authority(text.substr(0, end), result.is_encrypted);
  auto target = text.substr(end);
  if (!at || !is_target(target))
    return std::nullopt;
  result.at = *at;
  result.target = (target.starts_with('/') ? "" : "/") + std::string{target};
  return result;
}

std::string host_header(const url& x) {
  auto full = to_string(x.at);
  if (x.at.port == usual_port(x.is_encrypted))
    full.resize(full.rfind(':'));
  return full;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr std::string_view plain = "-._~";
  std::string result;
  for (char x : text)
    if (is_letter_or_digit(x) || plain.find(x) != std::string_view::npos) {
      result += x;
    } else {
      auto byte = static_cast<unsigned char>(x);
      result += '%';
      result += digits[byte >> 4];
      result += digits[byte & 15];
    }
  return result;
}

bool is_host(std::string_view text) {
  constexpr std::string_view marks = "-._:%"; // %: the zone of an IPv6 address
  return !text.empty() && text.size() <= longest_host
         && std::all_of(text.begin(), text.end(), [&](char x) {
              return is_letter_or_digit(x)
                     || marks.find(x) != std::string_view::npos;
            });
}

} // namespace horde::formation
