// SPDX-License-Identifier: MIT

#include "horde/constraints.hpp"

#include <algorithm>

#include "horde/labels.hpp"

namespace horde {

namespace {

constexpr std::uint8_t has_needs = 1;
constexpr std::uint8_t has_avoids = 2;
constexpr std::uint8_t has_group = 4;
constexpr std::uint8_t is_strict = 8;
constexpr std::uint8_t all_parts = 15;

std::uint8_t parts_of(const constraints& x) {
  auto part = [](bool there, std::uint8_t bit) { return there ? bit : 0; };
  return static_cast<std::uint8_t>(
    part(!x.needs.empty(), has_needs) | part(!x.avoids.empty(), has_avoids)
    | part(!x.group.empty(), has_group) | part(x.strict, is_strict));
}

} // namespace

void encode(writer& out, const constraints& x) {
  out.byte(parts_of(x));
  if (!x.needs.empty())
    encode(out, x.needs);
  if (!x.avoids.empty())
    encode(out, x.avoids);
  if (!x.group.empty())
    encode(out, x.group);
}

void decode(reader& in, constraints& x) {
  x = {};
  auto parts = in.byte();
  if ((parts & has_needs) != 0)
    decode(in, x.needs);
  if ((parts & has_avoids) != 0)
    decode(in, x.avoids);
  if ((parts & has_group) != 0)
    decode(in, x.group);
  x.strict = (parts & is_strict) != 0;
  // Equal constraints have equal bytes.
  if (parts > all_parts || parts_of(x) != parts)
    in.fail();
}

std::size_t size_of(const constraints& x) {
  auto result = x.group.size();
  for (const auto& label : x.needs)
    result += label.size();
  for (const auto& label : x.avoids)
    result += label.size();
  return result;
}

std::optional<std::string> problem_of(std::string_view name,
                                      const constraints& x) {
  auto of = [name](const char* part) { return std::string{name} + "." + part; };
  if (auto problem = problem_of_labels(of("needs"), x.needs))
    return problem;
  if (auto problem = problem_of_labels(of("avoids"), x.avoids))
    return problem;
  for (const auto& label : x.needs)
    if (std::ranges::find(x.avoids, label) != x.avoids.end())
      return of("needs") + " and " + of("avoids") + " both name '" + label
             + "', so no node would do";
  if (x.strict && x.group.empty())
    return of("strict") + " is about a group: name it in " + of("group");
  if (!x.group.empty())
    return problem_of_label(of("group"), x.group);
  return std::nullopt;
}

} // namespace horde
