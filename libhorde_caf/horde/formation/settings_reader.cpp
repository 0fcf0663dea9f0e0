// SPDX-License-Identifier: MIT

#include "horde/formation/settings_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

namespace horde::formation {

namespace {

std::string_view trimmed(std::string_view x) {
  constexpr std::string_view blanks = " \t\r\n";
  auto first = x.find_first_not_of(blanks);
  if (first == std::string_view::npos)
    return {};
  return x.substr(first, x.find_last_not_of(blanks) - first + 1);
}

/// Nothing unless all of `text` is one number.
std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t result = 0;
  auto end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, result);
  if (error != std::errc{} || stop != end)
    return std::nullopt;
  return result;
}

std::optional<duration> parse_time(std::string_view text) {
  using namespace std::chrono_literals;
  constexpr std::array<std::pair<std::string_view, duration>, 6> units{
    {{"ns", 1ns},
     {"us", 1us},
     {"ms", 1ms},
     {"s", 1s},
     {"min", 1min},
     {"h", 1h}}};
  auto digits = text.find_first_not_of("0123456789");
  if (digits == std::string_view::npos)
    return std::nullopt;
  auto count = parse_number(text.substr(0, digits));
  for (const auto& [name, unit] : units)
    if (count && text.substr(digits) == name) {
      auto most = duration::max() / unit;
      if (*count > static_cast<std::uint64_t>(most))
        return std::nullopt;
      return unit * static_cast<duration::rep>(*count);
    }
  return std::nullopt;
}

} // namespace

const std::string* settings_reader::take(const std::string& key) {
  auto x = from_.extract(key);
  if (x.empty())
    return nullptr;
  return &taken_.insert(std::move(x)).position->second;
}

void settings_reader::take_text(const std::string& key, std::string& to) {
  if (auto* text = take(key))
    to = *text;
}

void settings_reader::take_port(const std::string& key, std::uint16_t& to) {
  std::uint64_t x = to;
  take_number(key, x, 1, 65535);
  to = static_cast<std::uint16_t>(x);
}

void settings_reader::take_number(const std::string& key, std::uint64_t& to,
                                  std::uint64_t low, std::uint64_t high) {
  auto* text = take(key);
  if (text == nullptr)
    return;
  auto x = parse_number(trimmed(*text));
  if (x && *x >= low && *x <= high)
    to = *x;
  else
    refuse(key, "a number from " + std::to_string(low) + " to "
                  + std::to_string(high));
}

void settings_reader::take_time(const std::string& key, duration& to) {
  auto* text = take(key);
  if (text == nullptr)
    return;
  if (auto x = parse_time(trimmed(*text)))
    to = *x;
  else
    refuse(key, "a time such as 250ms, 5s or 2min");
}

void settings_reader::take_flag(const std::string& key, bool& to) {
  auto* text = take(key);
  if (text == nullptr)
    return;
  auto x = trimmed(*text);
  if (x == "true" || x == "false")
    to = x == "true";
  else
    refuse(key, "true or false");
}

void settings_reader::take_list(const std::string& key,
                                std::vector<std::string>& to) {
  auto* text = take(key);
  if (text == nullptr)
    return;
  to.clear();
  std::string_view rest = *text;
  auto separator = rest.find('\n') != std::string_view::npos ? '\n' : ',';
  while (!rest.empty()) {
    auto end = std::min(rest.find(separator), rest.size());
    if (auto item = trimmed(rest.substr(0, end)); !item.empty())
      to.emplace_back(item);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

void settings_reader::require(const std::string& key) {
  for (const auto* x : {&from_, &taken_})
    if (auto i = x->find(key); i != x->end() && !trimmed(i->second).empty())
      return;
  keep(key + " is missing");
}

void settings_reader::refuse(const std::string& key, const std::string& takes) {
  auto i = taken_.find(key);
  auto given = i != taken_.end() ? i->second : std::string{};
  keep(key + " = '" + given + "': takes " + takes);
}

void settings_reader::keep(const std::string& problem) {
  if (!problem_)
    problem_ =
      failure{errc::bad_option, "topology " + topology_ + ": " + problem};
}

std::optional<failure> settings_reader::finish() const {
  if (problem_ || from_.empty())
    return problem_;
  return failure{errc::bad_option, "topology " + topology_
                                     + ": there is no setting '"
                                     + from_.begin()->first + "'"};
}

} // namespace horde::formation
