// SPDX-License-Identifier: MIT
//
// Any struct that lists its fields as JSON. Ids that users write on a command
// line (pids, endpoints) are text there, durations are seconds; other structs
// are objects.

#pragma once

#include <string>
#include <type_traits>
#include <vector>

#include <nlohmann/json.hpp>

#include "horde/horde.hpp"

namespace horde::tools {

/// `2025-11-22T09:30:00.123Z`.
std::string iso_time(wall_time x);

template <class T, class... Ts>
inline constexpr bool is_one_of = (std::is_same_v<T, Ts> || ...);

/// What users write as one word.
template <class T>
concept json_text =
  std::is_enum_v<T> || is_one_of<T, pid, endpoint, incarnation, caf::actor>;

template <class T>
nlohmann::ordered_json to_json(const std::vector<T>& xs);

template <class T>
nlohmann::ordered_json to_json(const T& x) {
  if constexpr (json_text<T>) {
    return std::string{to_string(x)};
  } else if constexpr (std::is_same_v<T, wall_time>) {
    if (x == wall_time{}) // never
      return nullptr;
    return iso_time(x);
  } else if constexpr (std::is_same_v<T, duration>) {
    return std::chrono::duration<double>(x).count();
  } else if constexpr (has_fields<T>) {
    auto result = nlohmann::ordered_json::object();
    for_each_field(x, [&](const char* name, const auto& value) {
      result[name] = to_json(value);
    });
    return result;
  } else {
    return x;
  }
}

template <class T>
nlohmann::ordered_json to_json(const std::vector<T>& xs) {
  auto result = nlohmann::ordered_json::array();
  for (const auto& x : xs)
    result.push_back(to_json(x));
  return result;
}

} // namespace horde::tools
