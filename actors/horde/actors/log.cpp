// SPDX-License-Identifier: MIT

#include "horde/actors/log.hpp"

#include <memory>

#include "horde/actors/log_level.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>

namespace horde::actors {

spdlog::logger& log() {
  static auto instance = [] {
    auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
    auto result = std::make_shared<spdlog::logger>("horde", std::move(sink));
    result->set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v");
    result->set_level(spdlog::level::warn);
    return result;
  }();
  return *instance;
}

} // namespace horde::actors

namespace horde {

bool set_log_level(const std::string& level) {
  auto parsed = spdlog::level::from_str(level);
  if (parsed == spdlog::level::off && level != "off")
    return false; // how spdlog says that it does not know the word
  actors::log().set_level(parsed);
  return true;
}

} // namespace horde
