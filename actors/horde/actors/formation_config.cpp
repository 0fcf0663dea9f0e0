// SPDX-License-Identifier: MIT

#include "horde/actors/formation_config.hpp"

#include <string>
#include <utility>

#include "horde/actors/caf_compat.hpp"
#include "horde/actors/formation/strategies.hpp"

namespace horde::actors {

namespace {

/// As a topology's settings want it: items of lists each end their line.
std::string text_of(const caf::config_value& x) {
  if (const auto* text = caf::get_if<std::string>(&x))
    return *text;
  if (const auto* flag = caf::get_if<bool>(&x))
    return *flag ? "true" : "false";
  if (const auto* time = caf::get_if<caf::timespan>(&x))
    return std::to_string(time->count()) + "ns";
  if (const auto* list = caf::get_if<caf::config_value::list>(&x)) {
    std::string result;
    for (const auto& item : *list)
      result += text_of(item) + '\n';
    return result;
  }
  return caf::deep_to_string(x);
}

} // namespace

caf::expected<std::vector<topology>> read_formation(const caf::settings& from) {
  std::vector<topology> result;
  for (const auto& [key, value] : from) {
    std::string name{key.data(), key.size()};
    const auto* section = caf::get_if<caf::settings>(&value);
    if (section == nullptr)
      return to_error({errc::bad_option, "horde.formation." + name + " = "
                                           + caf::deep_to_string(value)
                                           + ": takes a section of settings"});
    formation::settings_map settings;
    for (const auto& [setting, x] : *section)
      settings.emplace(std::string{setting.data(), setting.size()}, text_of(x));
    auto x = formation::read_topology(name, std::move(settings));
    if (auto* problem = std::get_if<failure>(&x))
      return to_error(*problem);
    result.push_back(std::get<topology>(std::move(x)));
  }
  return result;
}

} // namespace horde::actors
