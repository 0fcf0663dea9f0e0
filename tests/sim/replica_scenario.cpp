// SPDX-License-Identifier: MIT

#include "sim/replica_scenario.hpp"

#include <charconv>
#include <map>
#include <optional>
#include <sstream>
#include <type_traits>
#include <utility>

namespace horde::sim {

namespace {

constexpr std::string_view title = "replica scenario 4";

template <class T>
auto number_of(T x) {
  if constexpr (std::is_enum_v<T>)
    return static_cast<std::underlying_type_t<T>>(x);
  else
    return x;
}

/// The words of a line that has the form `name=value ...`.
using words = std::map<std::string, std::string, std::less<>>;

std::optional<words> words_of(std::istringstream& line) {
  words result;
  for (std::string word; line >> word;) {
    auto middle = word.find('=');
    if (middle == std::string::npos
        || !result.emplace(word.substr(0, middle), word.substr(middle + 1))
              .second)
      return std::nullopt;
  }
  return result;
}

template <class T>
bool is_allowed(T x) {
  if constexpr (std::is_same_v<T, member_no>)
    return x < member_no{most_members};
  else
    return true;
}

template <class T>
bool read_number(const std::string& text, T& x) {
  auto value = number_of(x);
  auto end = text.data() + text.size();
  auto [stop, problem] = std::from_chars(text.data(), end, value);
  x = static_cast<T>(value);
  return problem == std::errc{} && stop == end && is_allowed(x);
}

/// Each field must be there, and nothing else.
template <class T>
bool read_fields(const words& from, T& x) {
  auto all = true;
  std::size_t count = 0;
  for_each_field(x, [&](const char* name, auto& value) {
    auto i = from.find(std::string_view{name});
    all = all && i != from.end() && read_number(i->second, value);
    ++count;
  });
  return all && count == from.size();
}

template <class T>
void write_fields(std::ostream& out, const T& x) {
  for_each_field(x, [&](const char* name, const auto& value) {
    out << ' ' << name << '=' << number_of(value);
  });
}

/// The act of that name, if it is the `I`th alternative or a later one.
template <std::size_t I = 0>
std::optional<act> act_from(std::string_view name, const words& from) {
  if constexpr (I < std::variant_size_v<act>) {
    std::variant_alternative_t<I, act> x;
    if (name != decltype(x)::fields(x).name)
      return act_from<I + 1>(name, from);
    return read_fields(from, x) ? std::optional<act>{x} : std::nullopt;
  } else {
    return std::nullopt;
  }
}

bool read_act(std::istringstream& line, scenario& into) {
  std::string at;
  std::string name;
  line >> at >> name;
  timed_act result;
  auto from = words_of(line);
  if (!from || !at.ends_with("us")
      || !read_number(at.substr(0, at.size() - 2), result.at_us)
      || (!into.acts.empty() && result.at_us < into.acts.back().at_us))
    return false;
  auto what = act_from(name, *from);
  if (!what)
    return false;
  result.what = *what;
  into.acts.push_back(result);
  return true;
}

bool read_line(const std::string& text, scenario& into) {
  std::istringstream line{text};
  std::string word;
  line >> word;
  if (word == "at")
    return read_act(line, into);
  auto from = words_of(line);
  if (word == "parameters")
    return from && read_fields(*from, into.params)
           && into.params.members <= most_members;
  return word == "network" && from && from->size() == 1
         && from->contains("seed") && read_number(from->at("seed"), into.seed);
}

} // namespace

std::string to_text(const scenario& x) {
  std::ostringstream out;
  out << title << "\nnetwork seed=" << x.seed << "\nparameters";
  write_fields(out, x.params);
  out << '\n';
  for (const auto& a : x.acts) {
    out << "at " << a.at_us << "us ";
    std::visit(
      [&](const auto& what) {
        out << std::remove_cvref_t<decltype(what)>::fields(what).name;
        write_fields(out, what);
      },
      a.what);
    out << '\n';
  }
  return std::move(out).str();
}

std::variant<scenario, std::string> scenario_from(std::string_view text) {
  std::istringstream lines{std::string{text}};
  scenario result;
  auto titled = false;
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.empty() || line.front() == '#')
      continue;
    if (titled ? read_line(line, result) : line == title)
      titled = true;
    else
      return "line " + std::to_string(number) + ": " + line;
  }
  if (!titled)
    return "there is no line '" + std::string{title} + "'";
  return result;
}

} // namespace horde::sim
