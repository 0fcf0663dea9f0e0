// SPDX-License-Identifier: MIT

#include <charconv>
#include <cstdio>

#include "horde/member_id.hpp"
#include "horde/node_id.hpp"
#include "horde/pid.hpp"

namespace horde {

std::string to_string(const incarnation& x) {
  char buf[48];
  std::snprintf(buf, sizeof(buf), "%llu-%016llx",
                static_cast<unsigned long long>(x.started),
                static_cast<unsigned long long>(x.random));
  return buf;
}

std::string to_string(const node_id& x) {
  return x.name;
}

std::string to_string(const pid& x) {
  return "<" + std::to_string(x.actor) + "@" + to_string(x.node) + ">";
}

namespace {

/// Reads one number and the separator behind it; moves `pos` past both.
bool read_number(const char*& pos, const char* end, int base, char separator,
                 std::uint64_t& out) {
  auto [next, error] = std::from_chars(pos, end, out, base);
  if (error != std::errc{} || next == end || *next != separator)
    return false;
  pos = next + 1;
  return true;
}

} // namespace

bool parse_pid(const std::string& text, pid& x) {
  auto pos = text.data();
  auto end = pos + text.size();
  pid result;
  if (pos == end || *pos++ != '<')
    return false;
  if (!read_number(pos, end, 10, '@', result.actor)
      || !read_number(pos, end, 10, '-', result.node.started)
      || !read_number(pos, end, 16, '>', result.node.random) || pos != end)
    return false;
  x = result;
  return true;
}

std::string to_string(const member_id& x) {
  return x.horde + "@" + x.node;
}

std::optional<member_id> parse_member_id(std::string_view text) {
  auto at = text.find('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == text.size())
    return std::nullopt;
  return member_id{std::string{text.substr(0, at)},
                   std::string{text.substr(at + 1)}};
}

} // namespace horde
